//! Rules for PINs, as host/totpkey/locks/passphrase.py has them.
import { DEFINITION } from "../definition.js";
import { Problem } from "./problem.js";

const { PIN_LEAST: least, PIN_MOST: most } = DEFINITION.limits;

/** Throw Problem for what is not a PIN. */
export function checkPin(pin) {
  if (!/^[0-9]+$/.test(pin) || pin.length < least || pin.length > most)
    throw new Problem("pin", { least, most });
}

/** Throw Problem for a new PIN that is not one, or that has an easy pattern. */
export function checkNewPin(pin) {
  checkPin(pin);
  const steps = new Set([...pin].slice(1).map((digit, index) => (digit - pin[index] + 10) % 10));
  const counts = steps.size === 1 && (steps.has(1) || steps.has(9));
  const repeats = (pin + pin).slice(1, -1).includes(pin);
  if (counts || repeats || /^(?:147|2580?|369|741|0?852|963)+$/.test(pin)) throw new Problem("pin_weak");
}
