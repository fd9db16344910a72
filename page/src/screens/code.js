//! An account's code on the page, for a remote desktop or a phone, with a ring that runs down.
import { nameOf } from "../rules/account.js";
import { h, s } from "../ui/dom.js";
import { replace } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export async function codeScreen({ account }) {
  const { code, time } = await state.key.ask("code", { account: account.account });
  const left = account.type === "hotp" ? 0 : account.period - (time % account.period);
  const shown = h("output", { class: "code" }, code);
  const over = h("p", { hidden: true, role: "status" }, say("account.code_over"));
  const again = button(say("account.code_next"), () => replace("code", { account }));
  let timer = 0;
  const end = () => {
    shown.textContent = "";
    over.hidden = false;
  };
  return {
    fleeting: true,
    title: nameOf(account),
    content: [h("p", { class: "codes" }, shown, left > 0 && ring(left)), over, h("div.row", again)],
    shown: () => {
      if (left) timer = setTimeout(end, left * 1000);
    },
    leave: () => {
      clearTimeout(timer);
      shown.textContent = "";
    },
  };
}

/** A ring that is gone after so many seconds. */
function ring(seconds) {
  const circle = s("circle", { cx: 12, cy: 12, r: 9, pathLength: 1, class: "left-of-code" });
  circle.style.animationDuration = `${seconds}s`;
  return s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, circle);
}
