//! What people paste where a setup key is asked for: with the text around it, in full width, or something else.
import { squeezeBase32 } from "./base32.js";
import { Problem } from "./problem.js";

const URI = /(?:otpauth(?:-migration)?|steam):.*/is;
/** A label such as "Setup key:", but not the scheme of an address. */
const LABEL = /^[^:]*:(?!\/\/)\s*/s;
/** A one-time code. A setup key has more characters. */
const CODE = /^\d{6,8}$/;

/** The key URI or setup key in `text`. Throws Problem(secret_empty, secret_is_code). */
export function setupKeyIn(text) {
  const uri = URI.exec(text)?.[0];
  if (uri) return uri.trim();
  // An input method may have made full-width characters of it.
  const plain = text.normalize("NFKC").trim().replace(LABEL, "");
  if (!plain) throw new Problem("secret_empty");
  if (CODE.test(squeezeBase32(plain))) throw new Problem("secret_is_code");
  return plain;
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
