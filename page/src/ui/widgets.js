//! Building blocks of screens: notices, buttons, forms, fields, where their problems are shown, and announcements to
//! screen readers and by short tones.
import { Problem } from "../rules/problem.js";
import { fill, freshId, h } from "./dom.js";
import { enter, restart, state } from "./router.js";
import { hasText, say } from "./words.js";

export const liveRegion = h("p.away", { role: "status", "aria-atomic": "false" });

/** Where it is told that another program speaks to the key: on the page, or in the dialog that is over it. */
export const alarm = h("div");

export function announce(words) {
  fill(liveRegion, words);
}

/** Whether tones sound. The page keeps nothing, so this holds as long as it is open. */
export const sound = { on: true };
let audio = null;

/** A short tone of `pitch` Hz, where the browser has any. */
export function beep(pitch) {
  if (!sound.on || !globalThis.AudioContext) return;
  audio ??= new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  volume.gain.value = 0.1;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.06);
}

/** What leaves a form behind: the key has probably locked itself, has changed, or may have. */
const LOOK = ["not_allowed", "answer_lost", "done_already", "outcome_unknown"];

/** Where the problems of a form or a screen are shown. */
export function problemArea() {
  return h("div.problems", { role: "alert" });
}

/** Do `work` for a control, once at a time. Shows a problem beside it. Returns whether it succeeded. */
export async function attempt(control, work) {
  if (control.getAttribute("aria-busy") === "true") return false;
  const { key } = state;
  const area = problemAreaOf(control);
  control.setAttribute("aria-busy", "true");
  fill(area);
  // What was told of an earlier action would be taken for this one's end.
  document.querySelector("main > section > .notice.good")?.remove();
  try {
    await work();
    return true;
  } catch (problem) {
    if (problem.name === "stayed") return false;
    const seen = await areaFor(problem, area);
    // A lost key has already changed the screen.
    if (state.key === key && seen.isConnected) {
      const shown = problemNotice(problem);
      fill(seen, shown);
      shown.tabIndex = -1;
      shown.focus();
      shown.scrollIntoView({ block: "nearest" });
      if (problem.where?.isConnected) mark(problem.where, problem.range);
    }
    return false;
  } finally {
    control.removeAttribute("aria-busy");
  }
}

/** Where a problem is shown: beside its control, or on the screen for the key's present state. */
async function areaFor(problem, area) {
  if (!LOOK.includes(problem.code ?? problem.name)) return area;
  return enter().then(
    () => problemAreaOf(document.body),
    () => area,
  );
}

/** `problem`, of a field: its input is marked and focused, with `range` ([start, end]) of it selected. */
export function at(field, problem, range = null) {
  return Object.assign(problem, { where: field.input, range });
}

/** Mark an input as wrong, until it is changed. */
function mark(input, range) {
  input.setAttribute("aria-invalid", "true");
  input.addEventListener("input", () => input.removeAttribute("aria-invalid"), { once: true });
  // What it is folded into would hide it.
  const folded = input.closest("details");
  if (folded) folded.open = true;
  input.focus();
  // A field for a date or a time has no range.
  if (input.type === "text") input.setSelectionRange(...(range ?? [0, input.value.length]));
}

function problemAreaOf(control) {
  return (control.closest("form") || document.querySelector("main")).querySelector(".problems");
}

/** Cause and remedy of a problem. Anything but a Problem is reported as a fault of this page. */
export function problemNotice(problem) {
  const known = problem instanceof Problem;
  const path =
    known && problem.name.includes(".") ? problem.name : `problems.${known ? problem.name : "page"}`;
  // Of some fields more can be said.
  const found =
    [`${path}.${problem.field}`, path].find((name) => hasText(`${name}.cause`)) ?? "problems.unknown";
  const values = known ? spokenValues(problem) : { name: problem?.name };
  return notice("bad", say(`${found}.cause`, values), say(`${found}.remedy`, values));
}

/** Names of fields in the reader's words. */
function spokenValues(problem) {
  const entries = Object.entries({ code: problem.code, ...problem.values });
  return Object.fromEntries(
    entries.map(([name, value]) => [name, hasText(`fields.${value}`) ? say(`fields.${value}`) : value]),
  );
}

/** A coloured box: "good", "odd", "bad" or "plain". Its words say the same as its colour. */
export function notice(kind, ...paragraphs) {
  return h(
    "div",
    { class: `notice ${kind}` },
    paragraphs.map((paragraph) => h("p", paragraph)),
  );
}

/** What becomes of each account of a plan. `tell(step)`: its `name`, whether it is `omitted`, and what is `said`. */
export function planList(steps, tell) {
  const row = ({ name, omitted, said }) =>
    h("li", { class: omitted ? "omitted" : "" }, h("strong", name), " ", said);
  return h("ul.plan", steps.map(tell).map(row));
}

/** A button. `action` may take long, and may throw a Problem. */
export function button(words, action, kind = "") {
  const control = h("button", { type: "button", class: kind }, words);
  control.addEventListener("click", () => attempt(control, action));
  return control;
}

/** The button that leads back to the accounts. */
export function toAccounts(kind) {
  return button(say("enroll.finished"), () => restart("home"), kind);
}

/** A form with one button that submits it. `action` may take long, and may throw a Problem. */
export function form(words, action, ...content) {
  const control = h("button.main", words);
  const element = h("form", { novalidate: true, autocomplete: "off" }, ...content, problemArea(), control);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(control, () => keeping(element, action));
  });
  return element;
}

/** Do `action`. If it fails, what the person entered is there again, but for inputs with `data-once`. */
async function keeping(element, action) {
  const inputs = [...element.querySelectorAll("input[type=text]:not([data-once]), textarea")];
  const entered = inputs.map((input) => [input, input.value]);
  try {
    await action();
  } catch (problem) {
    for (const [input, value] of entered) input.value ||= value;
    throw problem;
  }
}

/**
 * A field for text, with its label and perhaps a hint. Its input is `.input`. `kept`: `[object, name]` where its
 * text is kept for when the screen comes back; never for a secret.
 */
export function textField(label, { hint = null, hidden = false, kept = null, ...properties } = {}) {
  const [id, about] = [freshId("field"), freshId("hint")];
  const quiet = { autocomplete: "off", autocapitalize: "none", spellcheck: "false", autocorrect: "off" };
  const described = hint ? { "aria-describedby": about } : {};
  const input = h("input", {
    id,
    type: "text",
    class: hidden ? "hidden" : "",
    ...quiet,
    ...described,
    ...properties,
  });
  const field = h(
    "div.field",
    h("label", { for: id }, label),
    h("div.entry", input, hidden && showButton(input)),
    hint && h("p", { id: about, class: "hint" }, hint),
  );
  field.input = input;
  if (kept) keep(input, ...kept);
  return field;
}

function keep(input, object, name) {
  if (object[name] !== undefined) input.value = object[name];
  input.addEventListener("input", () => (object[name] = input.value));
}

/** Shows or hides the input of a field. It is a text field, so that browsers do not offer to remember it. */
function showButton(input) {
  const control = h("button", { type: "button", class: "quiet", "aria-pressed": "false" }, say("reveal"));
  control.addEventListener("click", () => {
    const hidden = input.classList.toggle("hidden");
    control.setAttribute("aria-pressed", String(!hidden));
  });
  return control;
}

/** Return the input of a field and empty it. */
export function takeText(field) {
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
  const element = h("fieldset", h("legend", legend), cards);
  element.value = () => element.querySelector("input:checked").value;
  return element;
}

/** A box to tick, with its label. Its input is `.input`. */
export function tick(label, about = null, checked = false) {
  const input = h("input", { type: "checkbox", checked });
  const element = h("label.card", input, h("span", label, about && h("small", about)));
  element.input = input;
  return element;
}

/** A progress bar, visible `during(work)`. `work` receives a function that sets it from 0 to 1. */
export function progress(words) {
  const bar = h("progress", { max: 1, value: 0 });
  const element = h("label", { hidden: true }, words, bar);
  element.during = async (work) => {
    element.hidden = false;
    announce(words);
    try {
      return await work((part) => (bar.value = part));
    } finally {
      element.hidden = true;
    }
  };
  return element;
}
