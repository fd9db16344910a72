//! The texts by which an account is lent: a key's card, and a file for it (docs/concepts/lend-file.md). What carries
//! them is not trusted, so each has a checksum.
import { DEFINITION } from "../definition.js";
import { fromBase64, fromUtf8, isPlain, joinBytes, lengthOf, toBase64, toHex, toUtf8 } from "./bytes.js";
import { Problem } from "./problem.js";

const {
  card: CARD,
  file: FILE,
  checksum: CHECKSUM,
  fileMost: FILE_MOST,
  sealedLeast: SEALED_LEAST,
} = DEFINITION.lending;
const { LENDER, POINT } = DEFINITION.limits;
/** What both texts begin with, whatever their version. */
const FAMILY = { card: familyOf(CARD), file: familyOf(FILE) };

/** A card as one line of text: its `name`, and its `public` half, 32 bytes. */
export async function writeCard(card) {
  return `${CARD}${percent(card.name)}:${toUrl(joinBytes(card.public, await cardSum(card)))}`;
}

/** The card in a text. Throws Problem. */
export async function readCard(text) {
  const rest = after(CARD, text, "card");
  const [name, data = ""] = rest.split(":");
  const card = { name: fromPercent(name), public: (fromUrl(data) ?? []).slice(0, POINT) };
  const length = lengthOf(card.name);
  const sound = length >= 1 && length <= LENDER && isPlain(card.name);
  // Only one spelling of each card is right, so no damage goes unseen.
  if (!sound || (await writeCard(card)) !== CARD + rest) throw new Problem("card_damaged");
  return card;
}

/** A file as one line of text: the public half of the `card` that it is for, and what a key has `sealed`. */
export async function writeFile({ card, sealed }) {
  const data = joinBytes(card, sealed);
  return FILE + toUrl(joinBytes(data, await checksum(data)));
}

/** The file in a text. Throws Problem. */
export async function readFile(text) {
  const rest = after(FILE, text, "file");
  const content = (fromUrl(rest) ?? new Uint8Array()).slice(0, -CHECKSUM);
  const file = { card: content.slice(0, POINT), sealed: content.slice(POINT) };
  if (file.sealed.length < SEALED_LEAST || (await writeFile(file)) !== FILE + rest)
    throw new Problem("file_damaged");
  return file;
}

/** A card's digits in groups of four, which its owner and the lender compare. */
export async function digitsOf(card) {
  const { digits, digitsSalt, digitsRounds, digitsBytes } = DEFINITION.lending;
  const named = joinBytes(card.public, toUtf8(card.name));
  const key = await crypto.subtle.importKey("raw", named, "PBKDF2", false, ["deriveBits"]);
  const cost = { name: "PBKDF2", hash: "SHA-256", salt: toUtf8(digitsSalt), iterations: digitsRounds };
  const bytes = new Uint8Array(await crypto.subtle.deriveBits(cost, key, 8 * digitsBytes));
  // Longer than any number of so many bytes, so that no zeros are missing.
  const number = 10n ** 20n + BigInt(`0x${toHex(bytes)}`);
  return String(number).slice(-digits).match(/.{4}/g).join(" ");
}

/** A name of a file, with whatever a person is called. */
export function fileName(kind, name) {
  return `totpkey-${kind}-${name.replace(/[^\p{L}\p{N}]+/gu, "-")}.txt`;
}

function familyOf(prefix) {
  return prefix.replace(/\d+:/, "");
}

/** What follows the prefix in a text of that kind, without spaces and line ends: mail breaks lines. */
function after(prefix, text, kind) {
  const joined = text.length > FILE_MOST ? "" : text.replace(/\s/g, "");
  const at = joined.indexOf(prefix);
  if (at >= 0) return joined.slice(at + prefix.length);
  const other = kind === "card" ? "file" : "card";
  if (joined.includes(FAMILY[other])) throw new Problem(`${kind}_is_${other}`);
  throw new Problem(joined.includes(FAMILY[kind]) ? `${kind}_version` : `${kind}_none`);
}

async function cardSum(card) {
  return checksum(card.public, toUtf8(card.name));
}

async function checksum(...parts) {
  const digest = await crypto.subtle.digest("SHA-256", joinBytes(...parts));
  return new Uint8Array(digest).slice(0, CHECKSUM);
}

/** Percent-encoding with only the unreserved characters of RFC 3986 as they are. */
function percent(text) {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${toHex(toUtf8(character)).toUpperCase()}`,
  );
}

/** The text behind percent-encoding. Other spellings are not refused here: `readCard` compares the whole card. */
function fromPercent(text) {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, pair) => String.fromCharCode(parseInt(pair, 16)));
  return fromUtf8(Uint8Array.from(bytes, (character) => character.charCodeAt(0))) || "";
}

/** Base64url without padding (RFC 4648 section 5). */
function toUrl(bytes) {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromUrl(text) {
  return /^[\w-]*$/.test(text) ? fromBase64(text.replaceAll("-", "+").replaceAll("_", "/")) : null;
}
