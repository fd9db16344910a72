//! A key that is locked, or whose PIN is destroyed.
import { DEFINITION } from "../definition.js";
import { PIN_FIELD } from "../parts/lock_fields.js";
import { wipeButton } from "../parts/wipe_button.js";
import { toHex } from "../rules/bytes.js";
import { derive } from "../rules/passphrase.js";
import { checkPin } from "../rules/pin.js";
import { Problem } from "../rules/problem.js";
import { fill, h } from "../ui/dom.js";
import { enter, restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { form, notice, progress, takeText, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

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
