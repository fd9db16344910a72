// What every screen stands on: one screen at a time, its problems, and the wait for the key's button.
import { enter } from "../screens/connect.js";
import { fill, freshId, h, rewrite, setWords } from "./dom.js";
import { keyDrawing } from "./drawings.js";
import { Problem } from "../rules/problem.js";
import { chosenLanguage, hasText, say, setLanguage } from "./words.js";

/** The key that is connected, if any, and what was asked of it: commands and outcomes, never a value. */
export const stage = { key: null, log: [], main: null, status: null, touch: null, leave: null };

/** Log entries that are kept. */
const LOG_LENGTH = 200;

export function noteInLog(command, outcome) {
  stage.log.push(`${new Date().toISOString().slice(11, 23)} ${command}: ${outcome}`);
  if (stage.log.length > LOG_LENGTH) stage.log.shift();
}

/** Make another screen the one that is seen. `back` goes to the one before. */
export function show(title, { back = null } = {}, ...content) {
  stage.leave?.();
  stage.leave = null;
  const heading = h("h1", { tabindex: -1 }, title);
  const way = back && button(["‹ ", say("back")], () => back(), "back");
  fill(stage.main, h("section", way, heading, ...content, slot()));
  setWords(document.head.querySelector("title"), "data-title", title);
  document.title = `${title} – totpkey`;
  announce("");
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  return heading;
}

/** What `leave` does happens before the next screen is shown. */
export function onLeave(leave) {
  stage.leave = leave;
}

export function announce(words) {
  fill(stage.status, words);
}

/** Where problems of a form or screen are told. */
export function slot() {
  return h("div.slot", { role: "alert" });
}

/** Do `work` for a control: once at a time, with its problem told beside it. Gives whether it was done. */
export async function attempt(control, work) {
  if (control.getAttribute("aria-busy") === "true") return false;
  const place = (control.closest("form") || stage.main).querySelector(".slot");
  const key = stage.key;
  control.setAttribute("aria-busy", "true");
  fill(place);
  try {
    await work();
    return true;
  } catch (problem) {
    // A key in another state than its screen has locked itself, mostly: on to the screen that fits.
    const moved = problem.code === "not_allowed" && (await enter().then(() => true, () => false));
    const seen = moved ? stage.main.querySelector(".slot") : place;
    // A lost key has a screen of its own.
    if (stage.key === key && seen.isConnected) fill(seen, problemNotice(problem));
    return false;
  } finally {
    control.removeAttribute("aria-busy");
  }
}

/** Cause and remedy of a problem. What is no Problem is a fault of this page, and says so. */
export function problemNotice(problem) {
  const known = problem instanceof Problem;
  const path = known && problem.name.includes(".") ? problem.name : "problems." + (known ? problem.name : "page");
  const found = hasText(path + ".cause") ? path : "problems.unknown";
  const values = known ? spokenValues(problem) : { name: problem?.name };
  return notice("bad", say(found + ".cause", values), say(found + ".remedy", values));
}

/** Names of fields in the reader's words. */
function spokenValues(problem) {
  const entries = Object.entries({ code: problem.code, ...problem.values });
  return Object.fromEntries(
    entries.map(([name, value]) => [name, hasText("fields." + value) ? say("fields." + value) : value]),
  );
}

/** A coloured box: "good", "odd", "bad" or "plain", told by its words as well. */
export function notice(kind, ...paragraphs) {
  return h("div", { class: "notice " + kind }, paragraphs.map((paragraph) => h("p", paragraph)));
}

/** A button. `action` may take long, and may throw a Problem. */
export function button(words, action, kind = "") {
  const control = h("button", { type: "button", class: kind }, words);
  control.addEventListener("click", () => attempt(control, action));
  return control;
}

/** A form with one button that submits it. `action` may take long, and may throw a Problem. */
export function form(words, action, ...content) {
  const control = h("button.main", words);
  const made = h("form", { novalidate: true, autocomplete: "off" }, ...content, slot(), control);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(control, action);
  });
  return made;
}

/** A field for text, with its label and perhaps a hint. Its input is `.input`. */
export function textField(label, { hint = null, hidden = false, ...properties } = {}) {
  const [id, about] = [freshId("field"), freshId("hint")];
  const quiet = { autocomplete: "off", autocapitalize: "none", spellcheck: "false", autocorrect: "off" };
  const described = hint ? { "aria-describedby": about } : {};
  const input = h("input", { id, type: "text", class: hidden ? "hidden" : "", ...quiet, ...described, ...properties });
  const eye = hidden && revealer(input);
  const field = h(
    "div.field",
    h("label", { for: id }, label),
    h("div.entry", input, eye),
    hint && h("p", { id: about, class: "hint" }, hint),
  );
  field.input = input;
  return field;
}

/** Shows and hides what is typed into a hidden field. No browser is asked to remember it: it is plain text. */
function revealer(input) {
  const control = h("button", { type: "button", class: "quiet", "aria-pressed": "false" }, say("reveal"));
  control.addEventListener("click", () => {
    const shown = input.classList.toggle("hidden");
    control.setAttribute("aria-pressed", String(!shown));
  });
  return control;
}

/** What was typed into a field, which is empty from then on. */
export function taken(field) {
  const { value } = field.input;
  field.input.value = "";
  return value;
}

/** One choice of several, as cards. Its value is `.value()`. */
export function choice(legend, options, chosen) {
  const name = freshId("choice");
  const cards = options.map(({ value, title, about }) => {
    const input = h("input", { type: "radio", name, value, checked: value === chosen });
    return h("label.card", input, h("span", h("strong", title), about && h("small", about)));
  });
  const made = h("fieldset", h("legend", legend), cards);
  made.value = () => made.querySelector("input:checked").value;
  return made;
}

/** A box to tick, with its label. Its input is `.input`. */
export function tick(label, about = null, checked = false) {
  const input = h("input", { type: "checkbox", checked });
  const made = h("label.card", input, h("span", label, about && h("small", about)));
  made.input = input;
  return made;
}

/** Ask before something that cannot be undone. Gives whether the person agrees. */
export function confirmed(question, agree, detail = null) {
  return new Promise((resolve) => {
    const answer = (value) => () => (dialog.close(), dialog.remove(), resolve(value));
    const id = freshId("question");
    const dialog = h(
      "dialog",
      { "aria-labelledby": id, oncancel: answer(false) },
      h("h2", { id }, question),
      detail && h("p", detail),
      h("div.row", h("button", { type: "button", onclick: answer(false) }, say("no")),
        h("button", { type: "button", class: "danger", onclick: answer(true) }, agree)),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Do `work`, and tell the person for what the key wants its button touched, if it does. */
export async function touching(reason, work) {
  stage.touch = reason;
  try {
    return await work();
  } finally {
    stage.touch = null;
  }
}

let waiting = null;

/** The key waits for its button (`hold` seconds, 0 for a press), or, with null, waits no longer. */
export function onNotice(told) {
  if (waiting) {
    clearInterval(waiting.timer);
    waiting.dialog.remove();
    waiting = null;
  }
  if (!told) return;
  const [id, about] = [freshId("touch"), freshId("touch")];
  const what = told.hold ? say("touch.hold", { seconds: told.hold }) : say("touch.press");
  const left = h("p.left", );
  const dialog = h(
    "dialog",
    // A second Escape closes what must stay: it is shown again.
    { class: "touch", "aria-labelledby": id, "aria-describedby": about, onclose: () => waiting?.dialog === dialog && dialog.showModal() },
    keyDrawing("", true),
    h("h2", { id, tabindex: -1, autofocus: true }, what),
    h("p", { id: about }, stage.touch || say("touch.allow")),
    left,
    h("p.hint", say("touch.else")),
  );
  const end = performance.now() + told.seconds * 1000;
  const tell = () => fill(left, say("touch.left", { seconds: Math.max(Math.ceil((end - performance.now()) / 1000), 0) }));
  waiting = { dialog, timer: setInterval(tell, 500) };
  tell();
  document.body.append(dialog);
  dialog.showModal();
}

/** A bar for work that takes long. It is seen `during(work)`, which gets what moves it from 0 to 1. */
export function progress(words) {
  const bar = h("progress", { max: 1, value: 0 });
  const made = h("label", { hidden: true }, words, bar);
  made.during = async (work) => {
    made.hidden = false;
    announce(words);
    try {
      return await work((part) => (bar.value = part));
    } finally {
      made.hidden = true;
    }
  };
  return made;
}

export function chooseLanguage(language) {
  setLanguage(language);
  rewrite(document.documentElement);
  document.title = `${document.head.querySelector("title").dataset.title} – totpkey`;
  for (const control of document.querySelectorAll("[data-language]")) {
    control.setAttribute("aria-pressed", String(control.dataset.language === chosenLanguage()));
  }
}
