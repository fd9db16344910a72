//! Secrets as sites show them: base32 (RFC 4648 section 6) in any case, in groups, with or without padding.
import { DEFINITION } from "../definition.js";
import { Problem } from "./problem.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** Digits that are not in base32's alphabet, since they look like letters. */
const LOOKALIKES = { 0: "O", 1: "I, L", 8: "B" };
/** What sites, word processors and clipboards put between the groups. */
const SEPARATORS = /[\s\u001c-\u001f\u0085\-=_\u00ad\u200b-\u200d\u2010-\u2014\u2060\ufeff]/gu;

/** `text` without spaces, dashes, padding and invisible characters, its ASCII letters in upper case. */
export function squeezeBase32(text) {
  return text.replace(SEPARATORS, "").replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** The secret in `text`. `lenient` accepts an invalid length and drops the remaining bits. Throws Problem. */
export function decodeBase32(text, lenient = false) {
  const digits = [...squeezeBase32(text)];
  digits.forEach(checkCharacter);
  if ([1, 3, 6].includes(digits.length % 8) && !lenient) {
    throw new Problem("secret_cut", { count: digits.length });
  }
  const secret = fromBase32(digits);
  checkSecretLength(secret.length);
  return secret;
}

/** The bytes of digits of base32's alphabet. */
export function fromBase32(digits) {
  const bytes = new Uint8Array(Math.floor((digits.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    bits = ((bits << 5) | ALPHABET.indexOf(digit)) & 0xfff;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 0xff;
    at += 1;
  }
  return bytes;
}

/** Base32 of bytes, without padding. */
export function toBase32(bytes) {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    for (held += 8; held >= 5; held -= 5) text += ALPHABET[(bits >> (held - 5)) & 31];
  }
  return held ? text + ALPHABET[(bits << (5 - held)) & 31] : text;
}

export function checkSecretLength(count) {
  const most = DEFINITION.limits.SECRET;
  if (count < 1 || count > most) throw new Problem("secret_length", { count, most });
}

/** A problem that gives the position of the first invalid character. It names only lookalikes. */
function checkCharacter(character, index) {
  const place = index + 1;
  if (character in LOOKALIKES) {
    throw new Problem("secret_lookalike", { place, digit: character, letter: LOOKALIKES[character] });
  }
  if (!ALPHABET.includes(character)) throw new Problem("secret_character", { place });
}
