//! A setup key as sites show it and people paste it: base32 (RFC 4648 section 6) in any case, in groups, with or
//! without padding, in full width, with text around it.
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

const URI = /(?:otpauth(?:-migration)?:|steam:\/\/|^\s*steam:(?=[a-z2-7]{16})).*/is;
/** A label such as "Setup key:", but not the scheme of an address. */
const LABEL = /^[^:]*:(?!\/\/)\s*/s;
/** A one-time code. A setup key has more characters. */
const CODE = /^\d{6,8}$/;

/** A key by itself, and the lengths that sites give them. */
const KEY = /(?<![A-Za-z0-9])(?:[A-Z2-7]{16,}|[a-z2-7]{16,})=*(?![A-Za-z0-9])/g;
const LENGTHS = [16, 26, 32, 52, 64];

/** The key URI or setup key in `text`, by the rules of records/pasted.py in readers/. Throws Problem. */
export function setupKeyIn(text) {
  const uri = URI.exec(text)?.[0];
  if (uri) return uri.trim();
  // An input method may have made full-width characters of it.
  const plain = text.normalize("NFKC").trim().replace(LABEL, "");
  if (!plain) throw new Problem("secret_empty");
  if (CODE.test(squeezeBase32(plain))) throw new Problem("secret_is_code");
  return alone(plain);
}

const sizeOf = (text) => squeezeBase32(text).length;

/** The only key among words. Throws Problem for several, and for words that may be a part of one. */
function alone(plain) {
  const keys = [...new Set(plain.match(KEY))];
  if (keys.length > 1 && keys.every((key) => LENGTHS.includes(sizeOf(key))))
    throw new Problem("secret_several");
  if (keys.length === 1) return keys[0];
  checkGroups(plain.split(/\s+/).map(sizeOf).filter(Boolean));
  return plain;
}

/** Groups have one size; the last may be shorter. Throws Problem for a group that differs, and for words. */
function checkGroups(sizes) {
  const often = (size) => sizes.filter((other) => other === size).length;
  const usual = [...new Set(sizes)].reduce((first, size) => (often(size) > often(first) ? size : first), 0);
  const isOdd = (size, index) => size > usual || (size < usual && index < sizes.length - 1);
  const odd = sizes.flatMap((count, index) =>
    isOdd(count, index) ? { group: index + 1, count, usual } : [],
  );
  const characters = sizes.reduce((sum, size) => sum + size, 0);
  if (odd.length > 1 || (odd.length && characters < LENGTHS[0])) throw new Problem("secret_words");
  if (odd.length) throw new Problem("secret_group", odd[0]);
}

/** Where the character number `place` (from 1) of the setup key is in `text`, as `[start, end]`. */
export function rangeOf(place, text) {
  let count = 0;
  let start = 0;
  for (const character of text) {
    if (squeezeBase32(character)) count += 1;
    if (count === place) return [start, start + character.length];
    start += character.length;
  }
  return [0, text.length];
}
