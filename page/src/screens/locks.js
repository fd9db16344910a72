//! The key's PIN and passphrase: chosen while it is set up, entered anew, changed and removed, and unlocking it. What
//! has no other way out erases the key.
import { DEFINITION } from "../definition.js";
import { changeLock, newPassphraseFields, newPinFields, PIN_FIELD } from "../parts/lock_fields.js";
import { toHex } from "../rules/bytes.js";
import { checkPin, derive } from "../rules/locks.js";
import { Problem } from "../rules/problem.js";
import { confirmed } from "../ui/dialogs.js";
import { fill, h } from "../ui/dom.js";
import { back, enter, go, replace, restart, state } from "../ui/router.js";
import { button, choice, form, notice, progress, takeText, textField, tick } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** `given` keeps the choices for the way back. Once the key is initialised, `allowed` is fixed. */
export async function setupLockScreen(given) {
  const settled = state.key.info.state !== "blank";
  const { chosen = "none" } = given;
  const allowed = settled ? (await state.key.ask("slots")).export === 1 : (given.allowed ?? true);
  const lock = choice(say("setup.lock"), ["none", "pin", "passphrase"].map(lockOption), chosen);
  const backups = tick(say("setup.backups"), say(settled ? "setup.settled" : "setup.backups_about"), allowed);
  backups.input.disabled = settled;
  /** All buttons apply the choices. `then` is the next screen. */
  const next = (then) => () => {
    Object.assign(given, { chosen: lock.value(), allowed: backups.input.checked });
    if (given.chosen === "none") return finishSetup(given.allowed, then);
    return go("new_lock", { kind: given.chosen, allowed: given.allowed, then });
  };
  return {
    title: say("setup.more_title"),
    content: [
      form(say("next"), next("home"), lock, backups),
      h(
        "div.stack",
        button(say("setup.restore"), next("restore"), "quiet"),
        button(say("setup.borrow"), next("borrow"), "quiet"),
      ),
    ],
  };
}

function lockOption(value) {
  return { value, title: say(`lock.${value}`), about: say(`lock.${value}_about`) };
}

async function finishSetup(allowed, then) {
  await state.key.makeReady(allowed);
  await enter({ done: say("setup.ready") });
  if (then !== "home") await go(then);
}

/** `kind` is "pin" or "passphrase". While a key is set up, `allowed` settles backups, and `then` is what comes next. */
export function newLockScreen({ kind, allowed = null, then = "" }) {
  const fields = kind === "pin" ? newPinFields() : newPassphraseFields();
  const set = async () => {
    const secret = fields.take();
    if (allowed !== null) await state.key.makeReady(allowed);
    const done = await fields.set(secret);
    if (!then) return back({ done });
    await enter({ done });
    return then === "home" ? undefined : go(then);
  };
  return {
    title: say(`lock.${kind}_new`),
    content: [!then && h("p", say(`lock.${kind}_about`)), form(say("lock.set"), set, fields.content)],
  };
}

export async function locksScreen() {
  const slots = await state.key.ask("slots");
  const open = Boolean(slots.device);
  return {
    title: say("lock.title"),
    content: [
      notice(open ? "odd" : "good", say(open ? "lock.is_none" : "lock.is_set")),
      elementNote(slots),
      h("div.stack", lockButtons("pin", slots), lockButtons("passphrase", slots)),
      !open && button(say("lock.now"), lockNow),
      h("h2", say("wipe.title")),
      h("p", say("wipe.about")),
      wipeButton(),
    ],
  };
}

function lockButtons(kind, slots) {
  const set = button(say(`lock.${kind}_${slots[kind] ? "change" : "add"}`), () => go("new_lock", { kind }));
  return [set, slots[kind] > 0 && button(say(`lock.${kind}_remove`), () => removeLock(kind, slots), "quiet")];
}

/** Of a key with a secure element: whether its PIN is one with that. */
function elementNote({ element, with_element: used }) {
  if (used) return notice(element ? "good" : "odd", say(element ? "lock.element" : "lock.element_gone"));
  return element > 0 && notice("odd", say("lock.element_idle"));
}

async function lockNow() {
  await state.key.ask("lock");
  await enter();
}

async function removeLock(kind, slots) {
  const last = !(slots.pin && slots.passphrase);
  if (last && !(await confirmed(say("lock.remove_last"), { agree: say("lock.remove") }))) return;
  const done = await changeLock(kind, "remove_slot", { slot: kind }, say("lock.removed"));
  await replace("lock", { done });
}

/** Refusals of a PIN, which are shown with the remaining options. */
const WRONG = ["wrong_pin", "too_many_tries", "too_early"];

export async function unlockScreen() {
  const slots = await state.key.ask("slots");
  return {
    title: say("unlock.title"),
    content: [
      h("p.lead", say("unlock.lead")),
      slots.pin && (slots.with_element ? notice("odd", say("unlock.element")) : pinForm(slots.tries)),
      slots.pin && slots.passphrase && h("h2", say("unlock.or")),
      slots.passphrase && passphraseForm(),
      h("details", h("summary", say("unlock.forgotten")), h("p", say("wipe.about")), wipeButton()),
    ],
  };
}

export async function blockedScreen() {
  const { passphrase } = await state.key.ask("slots");
  const words = say(passphrase ? "unlock.blocked" : "unlock.lost", { tries: DEFINITION.limits.TRIES });
  return {
    title: say("unlock.title"),
    content: [notice("bad", words), passphrase && passphraseForm(), wipeButton()],
  };
}

function pinForm(tries) {
  // A wrong PIN is not kept: Enter would cost another try.
  const field = textField(say("lock.pin_field"), {
    ...PIN_FIELD,
    "data-once": true,
    hint: say("unlock.tries", { tries }),
  });
  const unlock = async () => {
    const pin = takeText(field);
    // Check the PIN here first, so that a typing error does not use up a try.
    checkPin(pin);
    try {
      await state.key.ask("unlock_pin", { pin });
    } catch (problem) {
      throw WRONG.includes(problem.code) ? await withTries(problem, field) : problem;
    }
    await enter();
  };
  return form(say("unlock.button"), unlock, field);
}

/** A refused PIN with the remaining options. */
async function withTries(problem, field) {
  const info = await state.key.refresh();
  if (info.state === "blocked") await restart("blocked");
  const { tries, wait } = await state.key.ask("slots");
  fill(field.querySelector(".hint"), say("unlock.tries", { tries }));
  return new Problem(`problems.${problem.code}`, { tries, wait });
}

function passphraseForm() {
  const field = textField(say("lock.passphrase_field"), { hidden: true });
  const bar = progress(say("lock.deriving"));
  const unlock = async () => {
    const [text, parameters] = [takeText(field), await state.key.passphraseParameters()];
    const derived = await bar.during((set) => derive(text, parameters, set));
    const given = { derived: toHex(derived) };
    derived.fill(0);
    await state.key.ask("unlock_passphrase", given);
    await enter();
  };
  return form(say("unlock.button"), unlock, field, bar);
}

function wipeButton() {
  return button(say("wipe.button"), wipe, "danger");
}

async function wipe() {
  if (!(await confirmed(say("wipe.question"), { agree: say("wipe.agree"), detail: say("wipe.detail") })))
    return;
  await state.key.ask("wipe");
  await enter();
}
