// A key that is locked, or whose PIN is destroyed.
import { enter } from "./connect.js";
import { fill, h } from "../ui/dom.js";
import { DEFINITION } from "../definition.js";
import { wipeButton } from "./locks.js";
import { derive } from "../rules/passphrase.js";
import { Problem } from "../rules/problem.js";
import { form, notice, progress, show, stage, taken, textField, touching } from "../ui/app.js";
import { toHex } from "../rules/bytes.js";
import { say } from "../ui/words.js";

export async function unlockScreen() {
  const slots = await stage.key.ask("slots");
  show(
    say("unlock.title"),
    {},
    h("p.lead", say("unlock.lead")),
    slots.pin ? pinForm(slots) : null,
    slots.pin && slots.passphrase ? h("h2", say("unlock.or")) : null,
    slots.passphrase ? passphraseForm() : null,
    h("details", h("summary", say("unlock.forgotten")), h("p", say("wipe.about")), wipeButton()),
  );
}

export async function blockedScreen() {
  const slots = await stage.key.ask("slots");
  const told = say(slots.passphrase ? "unlock.blocked" : "unlock.lost", { tries: DEFINITION.limits.TRIES });
  show(say("unlock.title"), {}, notice("bad", told), slots.passphrase ? passphraseForm() : null, wipeButton());
}

function pinForm(slots) {
  const { PIN_LEAST: least, PIN_MOST: most } = DEFINITION.limits;
  const hint = say("unlock.tries", { tries: slots.tries });
  const field = textField(say("lock.pin_field"), { hidden: true, inputmode: "numeric", maxlength: most, hint });
  const unlock = async () => {
    const pin = taken(field);
    // A slip that is found here costs no try.
    if (!/^[0-9]+$/.test(pin) || pin.length < least) throw new Problem("pin", { least, most });
    try {
      await touching(say("touch.unlock"), () => stage.key.ask("unlock_pin", { pin }));
    } catch (problem) {
      if (["wrong_pin", "too_many_tries", "too_early"].includes(problem.code)) throw await withTries(problem, field);
      throw problem;
    }
    await enter();
  };
  return form(say("unlock.button"), unlock, field);
}

/** A refused PIN with what is left to the person. */
async function withTries(problem, field) {
  const { state } = await stage.key.refresh();
  if (state === "blocked") await blockedScreen();
  const { tries, wait } = await stage.key.ask("slots");
  fill(field.querySelector(".hint"), say("unlock.tries", { tries }));
  return new Problem("problems." + problem.code, { tries, wait });
}

function passphraseForm() {
  const field = textField(say("lock.passphrase_field"), { hidden: true });
  const bar = progress(say("lock.deriving"));
  const unlock = async () => {
    const [text, parameters] = [taken(field), await stage.key.passphraseParameters()];
    const derived = await bar.during((set) => derive(text, parameters, set));
    const given = { derived: toHex(derived) };
    derived.fill(0);
    await touching(say("touch.unlock"), () => stage.key.ask("unlock_passphrase", given));
    await enter();
  };
  return form(say("unlock.button"), unlock, field, bar);
}
