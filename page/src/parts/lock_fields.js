//! Fields for a new PIN or passphrase, and setting it.
import { DEFINITION } from "../definition.js";
import { toHex } from "../rules/bytes.js";
import { checkNewPassphrase, checkNewPin, derive, newParameters, randomPhrase } from "../rules/locks.js";
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { state } from "../ui/router.js";
import { at, button, progress, takeText, textField } from "../ui/widgets.js";
import { chosenLanguage, say, sayAll } from "../ui/words.js";

const { PIN_LEAST: least, PIN_MOST: most } = DEFINITION.limits;

/** Properties of a field for a PIN. */
export const PIN_FIELD = { hidden: true, inputmode: "numeric" };

/**
 * Ask the key for a change of its locks, `kind` being the one that changes, and return what `done` says then.
 * Where the other lock was not entered, it also says what an old copy of the key's memory opens.
 */
export async function changeLock(kind, name, given, done) {
  // The key first seals what the change before has left.
  const { renewed } = await state.key.ask(name, given);
  return renewed ? done : sayAll([done, say(`lock.${kind === "pin" ? "passphrase" : "pin"}_stays`)], " ");
}

/** Fields for a new PIN: `.content`; `.take()` returns the input and empties them; `.set(pin)`, as `changeLock`. */
export function newPinFields() {
  const hint = say("lock.pin_hint", { least, most });
  const fields = twice(say("lock.pin_field"), { ...PIN_FIELD, hint }, checkNewPin);
  return { ...fields, content: [fields.content, h("p.hint", say("lock.pin_entry"))], set: setPin };
}

/** The same for a new passphrase, with a progress bar for the key derivation. */
export function newPassphraseFields() {
  const bar = progress(say("lock.deriving"));
  const options = { hidden: true, hint: say("lock.passphrase_hint") };
  const fields = twice(say("lock.passphrase_field"), options, checkNewPassphrase);
  const content = [fields.content, madeWords(), bar];
  return { ...fields, bar, content, set: (text) => setPassphrase(text, bar) };
}

/** A button that shows four random words to write down. Typing them proves that they were written down. */
function madeWords() {
  const shown = h("p", { class: "made", role: "status" });
  const show = () =>
    shown.replaceChildren(h("span", say("lock.words_note")), h("strong", randomPhrase(chosenLanguage())));
  return h("div", button(say("lock.words_make"), show, "quiet"), shown);
}

/** Two fields for input that must not be mistyped. */
function twice(label, { hint, ...options }, check) {
  const first = textField(label, { hint, ...options });
  const again = textField(say("lock.again"), options);
  const take = () => {
    const [text, same] = [takeText(first), takeText(again)];
    try {
      check(text);
    } catch (problem) {
      throw at(first, problem);
    }
    if (text !== same) throw at(again, new Problem("differ"));
    return text;
  };
  return { content: [first, again], take };
}

function setPin(pin) {
  return changeLock("pin", "set_pin", { pin }, say("lock.pin_done"));
}

async function setPassphrase(text, bar) {
  const parameters = newParameters();
  const derived = await bar.during((set) => derive(text, parameters, set));
  const given = { ...parameters, salt: toHex(parameters.salt), derived: toHex(derived) };
  derived.fill(0);
  return changeLock("passphrase", "set_passphrase", given, say("lock.passphrase_done"));
}
