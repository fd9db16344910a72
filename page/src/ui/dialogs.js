//! Dialogs: questions, and the wait for the key's button.
import { DEFINITION } from "../definition.js";
import { fill, freshId, h } from "./dom.js";
import { keyDrawing } from "./drawings.js";
import { say } from "./words.js";

/**
 * Ask before an action that cannot be undone. Each button says what it does: `keep` changes nothing, `agree`
 * does it. Returns whether the person agrees.
 */
export function confirmed(question, { agree, keep = say("keep"), detail = null }) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
      dialog.remove();
      resolve(value);
    };
    const id = freshId("question");
    const dialog = h(
      "dialog",
      { "aria-labelledby": id, oncancel: answer(false) },
      h("h2", { id }, question),
      detail && h("p", detail),
      h(
        "div.row",
        h("button", { type: "button", onclick: answer(false) }, keep),
        h("button", { type: "button", class: "danger", onclick: answer(true) }, agree),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Why the key will ask for its button, while `touching` runs; else null. */
let reason = null;
/** The dialog that waits for the button, with its timer; else null. */
let waiting = null;

/** Do `work`. If the key asks for its button, the dialog says why. */
export async function touching(why, work) {
  reason = why;
  try {
    return await work();
  } finally {
    reason = null;
  }
}

/** Why the key asks for a press for a new name or order, and for how long it asks no more. */
export function smallChange() {
  return say("touch.small", { minutes: DEFINITION.limits.CHANGES_LAST / 60 });
}

/**
 * Show that the key waits for its button (`hold` seconds, 0 for a press; `consent`: the class); `withdraw()`
 * ends that. null: it is over.
 */
export function showTouch(notice) {
  if (waiting) {
    clearInterval(waiting.timer);
    waiting.dialog.remove();
    waiting = null;
  }
  if (notice) waiting = waitForTouch(notice);
}

function waitForTouch({ hold, seconds, consent, withdraw }) {
  const [id, about] = [freshId("touch"), freshId("touch")];
  const left = h("p.left");
  const dialog = h(
    "dialog",
    {
      class: "touch",
      "aria-labelledby": id,
      "aria-describedby": about,
      // The key says when it is over: until then the dialog stays.
      oncancel: (event) => {
        event.preventDefault();
        withdraw();
      },
      onclose: () => waiting?.dialog === dialog && dialog.showModal(),
    },
    keyDrawing("", true),
    h(
      "h2",
      { id, tabindex: -1, autofocus: true },
      hold ? say("touch.hold", { seconds: hold }) : say("touch.press"),
    ),
    h("p", { id: about }, reason || say("touch.allow")),
    h("p.light", say("touch.light", { light: say(`touch.light_${consent}`) })),
    hold ? h("p", say("touch.let_go")) : null,
    left,
    h("p.hint", say("touch.else")),
    h("div.row", h("button", { type: "button", onclick: withdraw }, say("cancel"))),
  );
  const end = performance.now() + seconds * 1000;
  const tell = () => {
    const rest = Math.max(Math.ceil((end - performance.now()) / 1000), 0);
    fill(left, say("touch.left", { seconds: rest }));
  };
  tell();
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, timer: setInterval(tell, 500) };
}
