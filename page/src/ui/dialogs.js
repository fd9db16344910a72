//! Dialogs: questions, and the wait for the key's button.
import { DEFINITION } from "../definition.js";
import { Problem } from "../rules/problem.js";
import { fill, freshId, h } from "./dom.js";
import { gestureDrawing, keyDrawing } from "./drawings.js";
import { noteInLog } from "./router.js";
import { alarm, announce, beep, problemNotice, sound } from "./widgets.js";
import { say } from "./words.js";

/** How the page shows what a conversation with a key tells. */
export const listeners = {
  onnotice: showTouch,
  oncalm: letCalm,
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
      dialog.close();
      dialog.remove();
      resolve(value);
    };
    const [id, about] = [freshId("question"), freshId("question")];
    const dialog = h(
      "dialog",
      { "aria-labelledby": id, "aria-describedby": detail && about, oncancel: answer(false) },
      h("h2", { id }, question),
      detail && h("p", { id: about }, detail),
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

/** The dialog that waits, for the button or until the key takes another gesture, with its timer; else null. */
let waiting = null;

/** Show the gesture that the key waits for, and how much of it was made. null: it is over. */
export function showTouch(notice) {
  if (notice && notice.id === waiting?.id) {
    waiting.tell(notice);
    return;
  }
  if (waiting) {
    const { timer, dialog, over } = waiting;
    waiting = null;
    clearInterval(timer);
    document.querySelector("main").before(alarm);
    // So the browser gives the focus back to where it was.
    dialog.close();
    dialog.remove();
    over?.();
  }
  if (notice) waiting = waitForTouch(notice);
}

function waitForTouch(notice) {
  const { id, command, name, count, which, consent, seconds, withdraw } = notice;
  // An earlier success would be read as this one's.
  announce("");
  const gesture = h("div.gesture");
  // If it has to read the whole, Orca may take it for as empty as it was.
  const told = h("p.told", { role: "status", "aria-atomic": "false" });
  // A lost account has the protocol's name.
  const called = name === DEFINITION.unreadable ? say("account.lost_name") : name;
  const words = say(`touch.${command}`, { name: called, count });
  const asked = waitingDialog({
    light: `asks ${consent}`,
    heading: inWords(notice),
    parts: [gesture, told],
    why: which ? [which, " ", words] : words,
    seconds,
    left: "touch.left",
    hints: [say("touch.light", { light: say(`touch.light_${consent}`) }), say("touch.else")],
    more: soundButton(),
    withdraw,
  });
  const tell = (now) => {
    fill(gesture, gestureDrawing(now));
    const progress = progressOf(now);
    if (told.textContent === String(progress)) return;
    fill(told, progress);
    // A press sounds lower than the blue light, after which the next count begins.
    if (progress) beep(now.presses ? 660 : 880);
  };
  tell(notice);
  return Object.assign(asked, { id, tell });
}

/** Switches the tone of each press off and on. */
function soundButton() {
  const state = () => say(`touch.sound_${sound.on ? "on" : "off"}`);
  const turn = () => {
    sound.on = !sound.on;
    fill(element, state());
  };
  const element = h("button", { type: "button", onclick: turn }, state());
  return element;
}

/** Count down until the key takes a gesture again, after one that failed. Throws Problem(withdrawn). */
function letCalm(seconds) {
  showTouch(null);
  return new Promise((resolve, reject) => {
    waiting = waitingDialog({
      light: "blue",
      heading: say("touch.failed"),
      parts: [],
      why: say("touch.failed_then"),
      seconds,
      left: "touch.again_in",
      hints: [],
      withdraw: () => {
        reject(new Problem("withdrawn"));
        showTouch(null);
      },
      over: resolve,
    });
  });
}

/** A dialog that counts down. `withdraw` cancels it; `over`, if given, is called when it ends. */
function waitingDialog({ light, heading, parts, why, seconds, left, hints, more, withdraw, over }) {
  const [id, about] = [freshId("touch"), freshId("touch")];
  const rest = h("p.left");
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
    keyDrawing(light, !over),
    h("h2", { id, tabindex: -1, autofocus: true }, heading),
    parts,
    h("p", { id: about }, why),
    rest,
    hints.map((hint) => h("p.hint", hint)),
    h("div.row", h("button", { type: "button", onclick: withdraw }, say("cancel")), more),
  );
  const end = performance.now() + seconds * 1000;
  const count = () => {
    const now = Math.max(Math.ceil((end - performance.now()) / 1000), 0);
    fill(rest, say(left, { seconds: now }));
    if (over && !now) showTouch(null);
  };
  document.body.append(dialog);
  dialog.showModal();
  const timer = setInterval(count, 500);
  fill(rest, say(left, { seconds }));
  return { dialog, timer, over };
}

/** The gesture in at most twelve words. */
function inWords({ gesture, hold }) {
  const [one, two, three] = gesture;
  if (!two) return say("touch.once");
  const counts = three ? { one, two, three } : { one, two };
  return say(`touch.${hold ? "held_" : ""}${three ? "three" : "two"}`, counts);
}

/** How far a gesture has come, in words: “2 of 2: wait for the blue light, then 3 times”. "" at its beginning. */
function progressOf({ gesture, counted, presses, agreed }) {
  const [count, next] = gesture.slice(counted.length);
  if (agreed || !count || !(counted || presses)) return "";
  if (!presses) return say("touch.now", { count });
  if (presses < Number(count)) return say("touch.made", { made: presses, count });
  return say(next ? "touch.made_next" : "touch.made_last", { made: presses, count, next });
}
