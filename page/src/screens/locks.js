// What opens a key: setting, changing and removing its PIN and its passphrase, and forgetting everything.
import { enter } from "./connect.js";
import { h } from "../ui/dom.js";
import { DEFINITION } from "../definition.js";
import { home } from "./home.js";
import { checkNewPassphrase, derive, newParameters } from "../rules/passphrase.js";
import { Problem } from "../rules/problem.js";
import { button, confirmed, form, notice, progress, show, stage, taken, textField, touching } from "../ui/app.js";
import { toHex } from "../rules/bytes.js";
import { say } from "../ui/words.js";

/** Fields for a new PIN. `.take()` gives it and empties them. Throws Problem. */
export function newPinFields() {
  const { PIN_LEAST: least, PIN_MOST: most } = DEFINITION.limits;
  const digits = { inputmode: "numeric", maxlength: most };
  const check = (pin) => {
    if (!/^[0-9]+$/.test(pin) || pin.length < least || pin.length > most) throw new Problem("pin", { least, most });
  };
  const hint = say("lock.pin_hint", { least, most });
  return twice(say("lock.pin_field"), hint, digits, check, h("p.hint", say("lock.pin_entry")));
}

/** The same for a new passphrase, with a bar for the time that its derivation takes. */
export function newPassphraseFields() {
  const bar = progress(say("lock.deriving"));
  const fields = twice(say("lock.passphrase_field"), say("lock.passphrase_hint"), {}, checkNewPassphrase, bar);
  return { ...fields, bar };
}

/** Two fields for what must not be mistyped. */
function twice(label, hint, properties, check, more) {
  const first = textField(label, { hidden: true, hint, ...properties });
  const again = textField(say("lock.again"), { hidden: true, ...properties });
  const take = () => {
    const [text, same] = [taken(first), taken(again)];
    check(text);
    if (text !== same) throw new Problem("differ");
    return text;
  };
  return { content: [first, again, more], take };
}

export async function setPin(pin) {
  await touching(say("touch.set_pin"), () => stage.key.ask("set_pin", { pin }));
}

export async function setPassphrase(text, bar) {
  const parameters = newParameters();
  const derived = await bar.during((set) => derive(text, parameters, set));
  const given = { ...parameters, salt: toHex(parameters.salt), derived: toHex(derived) };
  derived.fill(0);
  await touching(say("touch.set_passphrase"), () => stage.key.ask("set_passphrase", given));
}

export async function locksScreen(done = null) {
  const slots = await stage.key.ask("slots");
  const told = slots.device ? say("lock.is_none") : say("lock.is_set");
  show(
    say("lock.title"),
    { back: home },
    done && notice("good", done),
    notice(slots.device ? "odd" : "good", told),
    h("div.stack", lockButtons("pin", slots), lockButtons("passphrase", slots)),
    !slots.device && button(say("lock.now"), () => stage.key.ask("lock").then(enter)),
    h("h2", say("wipe.title")),
    h("p", say("wipe.about")),
    wipeButton(),
  );
}

function lockButtons(name, slots) {
  const set = button(say(`lock.${name}_${slots[name] ? "change" : "add"}`), () => setScreen(name));
  return [set, slots[name] ? button(say(`lock.${name}_remove`), () => removeLock(name, slots), "quiet") : null];
}

function setScreen(name) {
  const fields = name === "pin" ? newPinFields() : newPassphraseFields();
  const set = async () => {
    const secret = fields.take();
    await (name === "pin" ? setPin(secret) : setPassphrase(secret, fields.bar));
    await locksScreen(say(`lock.${name}_done`));
  };
  const about = h("p", say(`lock.${name}_about`));
  show(say(`lock.${name}_new`), { back: () => locksScreen() }, about, form(say("lock.set"), set, fields.content));
}

async function removeLock(name, slots) {
  const last = !(slots.pin && slots.passphrase);
  if (last && !(await confirmed(say("lock.remove_last"), say("lock.remove")))) return;
  await touching(say("touch.remove_lock"), () => stage.key.ask("remove_slot", { slot: name }));
  await locksScreen(say("lock.removed"));
}

/** Forget everything, after a question and a hold. */
export function wipeButton() {
  const wipe = async () => {
    if (!(await confirmed(say("wipe.question"), say("wipe.agree"), say("wipe.detail")))) return;
    await touching(say("touch.wipe"), () => stage.key.wipe());
    await enter();
  };
  return button(say("wipe.button"), wipe, "danger");
}
