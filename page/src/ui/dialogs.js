//! Dialogs: questions, and the wait for the key's button.
import { DEFINITION } from "../definition.js";
import { Problem } from "../rules/problem.js";
import { alarm } from "./announce.js";
import { fill, freshId, h } from "./dom.js";
import { gestureDrawing, keyDrawing } from "./drawings.js";
import { noteInLog } from "./state.js";
import { problemNotice } from "./widgets.js";
import { say } from "./words.js";

/** How the page shows what a conversation with a key tells. */
export const listeners = {
  onnotice: showTouch,
  onstranger: () => fill(alarm, h("div", { role: "alert" }, problemNotice(new Problem("stranger")))),
  onlog: noteInLog,
};

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

/** Why the key asks for a touch for a new name or order, and for how long it asks no more. */
export function smallChange() {
  return say("touch.small", { minutes: DEFINITION.limits.CHANGES_LAST / 60 });
}

/** Show the gesture that the key waits for, and how much of it was made. null: it is over. */
export function showTouch(notice) {
  if (notice && notice.id === waiting?.id) {
    fill(waiting.gesture, gestureDrawing(notice));
    return;
  }
  if (waiting) {
    clearInterval(waiting.timer);
    document.querySelector("main").before(alarm);
    waiting.dialog.remove();
    waiting = null;
  }
  if (notice) waiting = waitForTouch(notice);
}

function waitForTouch(notice) {
  const { id: request, consent, seconds, withdraw } = notice;
  const gesture = h("div.gesture", gestureDrawing(notice));
  const [id, about] = [freshId("touch"), freshId("touch")];
  const left = h("p.left");
  const dialog = h(
    "dialog",
    {
      class: "touch",
      "aria-labelledby": id,
      "aria-describedby": about,
      // It is over when the key says so, or when it is withdrawn: until then the dialog stays.
      oncancel: (event) => {
        event.preventDefault();
        withdraw();
      },
      onclose: () => waiting?.dialog === dialog && dialog.showModal(),
    },
    alarm,
    keyDrawing(`asks ${consent}`, true),
    h("h2", { id, tabindex: -1, autofocus: true }, inWords(notice)),
    gesture,
    h("p", { id: about }, reason || say("touch.allow")),
    left,
    h("p.hint", say("touch.light", { light: say(`touch.light_${consent}`) })),
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
  return { id: request, dialog, gesture, timer: setInterval(tell, 500) };
}

/** The gesture in at most twelve words. */
function inWords({ gesture, hold }) {
  const [one, two, three] = gesture;
  if (!two) return say("touch.once");
  const counts = three ? { one, two, three } : { one, two };
  return say(`touch.${hold ? "held_" : ""}${three ? "three" : "two"}`, counts);
}
