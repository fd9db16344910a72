//! The secrets that lock a key, as in host/totpkey/locks/passphrase.py: rules for a PIN, and passphrases with their
//! keys by Argon2id (RFC 9106).
import { DEFINITION, WORDS } from "../definition.js";
import { adjacencyGraphs, argon2idAsync, dictionary, ZxcvbnFactory } from "../libraries.js";
import { lengthOf, randomBelow, randomBytes, toUtf8 } from "./bytes.js";
import { Problem } from "./problem.js";

const {
  memory: MEMORY,
  passes: PASSES,
  lanes: LANES,
  mostMemory,
  mostPasses,
  mostLanes,
  shortest,
  leastGuesses,
} = DEFINITION.argon2id;

/** The current parameters with a fresh salt. */
export function newParameters() {
  return { salt: randomBytes(DEFINITION.limits.SALT), memory: MEMORY, passes: PASSES, lanes: LANES };
}

const WORDS_A_PHRASE = 4;
/** A Chinese word is made of syllables; an English one is in the list. */
const PIECES_A_WORD = { zh: 2, en: 1 };
let judge = null;

/** Throw Problem for a new passphrase that is too short or too easily guessed. */
export function checkNewPassphrase(text) {
  const normal = text.normalize("NFC");
  if (lengthOf(normal) < shortest) throw new Problem("passphrase_short", { least: shortest });
  // Unpack its lists only here: that takes a moment, and most people never need them.
  judge ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  if (judge.check(normal).guesses < leastGuesses) throw new Problem("passphrase_weak");
}

/** Four random words, for readers of a language. */
export function randomPhrase(language) {
  const pieces = WORDS[language].split(" ");
  const word = () =>
    Array.from({ length: PIECES_A_WORD[language] }, () => pieces[randomBelow(pieces.length)]);
  return Array.from({ length: WORDS_A_PHRASE }, () => word().join("")).join(" ");
}

/** Whether the parameters are neither too cheap to attack nor too expensive for a computer. */
export function withinBounds({ salt, memory, passes, lanes }) {
  const whole = [memory, passes, lanes].every(Number.isInteger) && salt.length === DEFINITION.limits.SALT;
  const strong = memory >= MEMORY && passes >= PASSES && lanes >= 1;
  return whole && strong && memory <= mostMemory && passes <= mostPasses && lanes <= mostLanes;
}

/** The 32 bytes for a passphrase; `onprogress` gets 0 to 1. Takes seconds, in slices. Throws Problem. */
export async function derive(text, parameters, onprogress = () => {}) {
  if (!withinBounds(parameters)) throw new Problem("false_key");
  const { salt, memory, passes, lanes } = parameters;
  const password = toUtf8(text.normalize("NFC"));
  try {
    const cost = { m: memory, t: passes, p: lanes, dkLen: DEFINITION.limits.DERIVED, version: 0x13 };
    const limits = { maxmem: 2 ** 31, asyncTick: 16, onProgress: onprogress };
    return await argon2idAsync(password, salt, { ...cost, ...limits });
  } catch {
    throw new Problem("derivation");
  } finally {
    password.fill(0);
  }
}

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
