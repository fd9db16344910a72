//! What lends an account: the texts, a key's card and a file for it (docs/concepts/lend-file.md); the end, a date, a
//! number of codes, hours of the day (docs/concepts/lending.md); and the book of what a key has lent. What carries
//! the texts is not trusted, so each has a checksum.
//!
//! An end is `{until, codes, begins, ends, zone}`: Unix seconds, 0 for none; null for any number; minutes of the day,
//! equal for all day; their offset from UTC in minutes.
import { DEFINITION } from "../definition.js";
import {
  fromBase64,
  fromHex,
  fromUtf8,
  isPlain,
  joinBytes,
  lengthOf,
  toBase64,
  toHex,
  toUtf8,
} from "./bytes.js";
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

const { end: END, endSize: END_SIZE, uncounted: UNCOUNTED } = DEFINITION.record;
const { CODES_MOST, TIME_MOST } = DEFINITION.limits;

/** As the key takes it, in hexadecimal. */
export function packEnd({ until, codes, begins, ends, zone }) {
  const view = new DataView(new ArrayBuffer(END_SIZE));
  view.setUint32(END.until[0], until, true);
  const short = { codes: codes ?? UNCOUNTED, begins, ends, zone };
  for (const [name, value] of Object.entries(short)) view.setInt16(END[name][0], value, true);
  return toHex(new Uint8Array(view.buffer));
}

/** The end in an entry of `list`. */
export function unpackEnd(text) {
  const view = new DataView(fromHex(text).buffer);
  const short = (name) => view.getUint16(END[name][0], true);
  const codes = short("codes");
  return {
    until: view.getUint32(END.until[0], true),
    codes: codes === UNCOUNTED ? null : codes,
    begins: short("begins"),
    ends: short("ends"),
    zone: view.getInt16(END.zone[0], true),
  };
}

/** When the day begins that is so many days after one of a date field, in this computer's time. */
export function dayAfter(day, days) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + days).getTime() / 1000;
}

/** The end of a day, as a date field gives it, in this computer's time; 0 without one. Throws Problem. */
export function untilOf(day, now = Date.now()) {
  if (!day) return 0;
  const until = dayAfter(day, 1);
  if (!(until * 1000 > now && until <= TIME_MOST)) throw new Problem("lend_day");
  return until;
}

/** A number of codes, from a field; null without one. Throws Problem. */
export function codesOf(text) {
  if (!text.trim()) return null;
  const codes = Number(text);
  if (!Number.isInteger(codes) || codes < 1 || codes > CODES_MOST)
    throw new Problem("lend_codes", { most: CODES_MOST });
  return codes;
}

/** From when to when, in minutes of the day, from fields for a time; all day without both. Throws Problem. */
export function hoursOf(from, to) {
  if (!from && !to) return { begins: 0, ends: 0 };
  if (!from || !to || from === to) throw new Problem("lend_hours");
  const [begins, ends] = [from, to].map((text) => {
    const [hour, minute] = text.split(":").map(Number);
    return 60 * hour + minute;
  });
  return { begins, ends };
}

/** A day for a date field, so many days from now. */
export function dayIn(days) {
  const day = new Date();
  day.setDate(day.getDate() + days);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

/** This computer's offset from UTC now, in minutes. */
export function zoneHere() {
  return -new Date().getTimezoneOffset();
}

/** A minute of the day: `18:00`; and an offset from UTC: `UTC+8`, `UTC-3:30`. Digits are for all readers. */
export function clockOf(minute) {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

export function zoneOf(minutes) {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  if (!minutes) return "UTC";
  return `UTC${minutes > 0 ? "+" : "-"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

const { loan: LOAN, loanSize: LOAN_SIZE } = DEFINITION.lending;

/**
 * The loans in the packed bytes that a key sends, oldest first. Times are in Unix seconds, `back` is 0 for what was
 * not taken back. `renewed`: whether a later one is for the same account and card. Throws Problem.
 */
export function readLoans(packed) {
  const [loans, latest] = [[], new Map()];
  for (let at = 0; at < packed.length; ) {
    const part = (name) => packed.slice(at + LOAN[name][0], at + LOAN[name][0] + LOAN[name][1]);
    const number = (name) => part(name).reduceRight((all, byte) => 256 * all + byte, 0);
    const name = packed.slice(at + LOAN_SIZE, at + LOAN_SIZE + number("length"));
    if (at + LOAN_SIZE > packed.length || name.length < number("length"))
      throw new Problem("bad_reply", { command: "loans" });
    const account = number("account").toString(16).padStart(8, "0");
    const [lent, back, end] = [number("lent"), number("back"), toHex(part("end"))];
    const loan = { number: number("number"), account, lent, back, end, receiver: fromUtf8(name) ?? "" };
    const whose = account + toHex(part("card"));
    if (latest.has(whose)) latest.get(whose).renewed = true;
    latest.set(whose, loan);
    loans.push(loan);
    at += LOAN_SIZE + name.length;
  }
  return loans;
}

/** Whether a loan ran at some moment from `from` on and before `to`, in Unix seconds, be it outside its hours. */
export function ranIn({ lent, end, back }, from, to) {
  const { until } = unpackEnd(end);
  return Math.max(from, lent) < Math.min(to, until || to, back || to);
}
