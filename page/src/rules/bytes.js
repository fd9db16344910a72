//! Bytes and texts.

/** Lower-case hexadecimal of bytes. */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of an even number of hexadecimal digits. */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
}

/** Base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The bytes of base64, padded or not; null for anything else. */
export function fromBase64(text) {
  const digits = text.replace(/=+$/, "");
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) return null;
  return Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
}

export function toUtf8(text) {
  return new TextEncoder().encode(text);
}

/** Text of bytes in UTF-8; null for bytes that are not. */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The one comparison of secrets, in a time that depends on their lengths alone. Nothing is equal to nothing. */
export function sameBytes(one, other) {
  let difference = one.length ^ other.length;
  for (const [index, byte] of one.entries()) difference |= byte ^ other[index];
  return one.length > 0 && difference === 0;
}

export function joinBytes(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function randomBytes(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A whole number from 0 to below `limit`, each as likely. */
export function randomBelow(limit) {
  const most = Math.floor(2 ** 32 / limit) * limit;
  let number = most;
  while (number >= most) [number] = crypto.getRandomValues(new Uint32Array(1));
  return number % limit;
}

/**
 * Whether a key takes a text: one without control characters, line ends, characters that reverse text or have no
 * width, and halves of characters.
 */
export function isPlain(text) {
  return !/[\p{Cc}\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}]/u.test(text);
}

/** How many characters a text has, as the key counts them: code points, not UTF-16 units. */
export function lengthOf(text) {
  return [...text].length;
}
