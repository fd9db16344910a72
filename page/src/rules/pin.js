//! Rules for PINs, as host/totpkey/locks/pin.py has them.
import { DEFINITION } from "../definition.js";
import { Problem } from "./problem.js";

const { PIN_LEAST: least, PIN_MOST: most } = DEFINITION.limits;

/** Throw Problem for what is not a PIN. */
export function checkPin(pin) {
  if (!/^[0-9]+$/.test(pin) || pin.length < least || pin.length > most)
    throw new Problem("pin", { least, most });
}

/** Throw Problem for a new PIN that is not one, or that is one digit repeated or counts up or down. */
export function checkNewPin(pin) {
  checkPin(pin);
  const steps = new Set([...pin].slice(1).map((digit, index) => (digit - pin[index] + 10) % 10));
  if (steps.size === 1 && [0, 1, 9].some((step) => steps.has(step))) throw new Problem("pin_weak");
}
