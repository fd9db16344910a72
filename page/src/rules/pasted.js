//! What people paste where a setup key is asked for: with the text around it, in full width, or something else.
import { squeezeBase32 } from "./base32.js";
import { Problem } from "./problem.js";

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
