//! Google Authenticator's export: otpauth-migration://offline?data=, a Protocol Buffers message in base64.
//! Read as readers/src/totpkey_readers/formats/migration.py reads it.
import { checkedAccount, fittedAccount, makeAccount, splitName } from "./account.js";
import { fromBase64, fromUtf8 } from "./bytes.js";
import { Problem } from "./problem.js";

const ALGORITHMS = ["SHA1", "SHA1", "SHA256", "SHA512"];
const DIGITS = [6, 6, 8];
const TYPES = ["totp", "hotp", "totp"];
const MOST_BATCHES = 1000;

export function isMigration(text) {
  return /^\s*otpauth-migration:/i.test(text);
}

/**
 * One code of an export: `{identifier, index, size, accounts, skipped}`. `index` starts at 0. `skipped` has
 * the names and problems of unreadable entries. Throws Problem.
 */
export function readMigration(uri) {
  const numbers = new Map();
  const messages = [];
  for (const [number, value] of messageFields(payloadOf(uri))) {
    if (number === 1 && value instanceof Uint8Array) messages.push(value);
    else if (typeof value === "bigint") numbers.set(number, value);
  }
  const size = Math.max(Number(numbers.get(3) ?? 1n), 1);
  const index = Number(numbers.get(4) ?? 0n);
  if (size > MOST_BATCHES || index >= size) throw new Problem("migration_damaged");
  const batch = { identifier: String(numbers.get(5) ?? 0n), index, size, accounts: [], skipped: [] };
  for (const message of messages) take(batch, message);
  return batch;
}

/**
 * The state of exports whose codes are read one by one. Of the exports read `before`, only complete ones
 * count beside the one in progress.
 *
 * `found`: the codes that count. `begun`: a code of an incomplete export, or null. `have`: the numbers of its
 * codes that were read. `mixed`: a code of an export with more codes than its size, so several exports are
 * mixed, or null. `others`: whether codes of another export are left out.
 */
export function exportsSoFar(before, fresh) {
  // Today's app gives exports no identifier, so only a code with identical content is a repeated one.
  const seen = new Map([...before, ...fresh].map((batch) => [JSON.stringify(batch), batch]));
  const batches = [...seen.values()].sort(inOrder);
  const codesOf = (batch) => batches.filter((other) => exportOf(other) === exportOf(batch));
  const numbersOf = (batch) => [...new Set(codesOf(batch).map(({ index }) => index + 1))];
  // Each index is below the size.
  const isPart = (batch) => numbersOf(batch).length < batch.size;
  const begun = [...fresh, ...before].find(isPart) ?? null;
  const found = batches.filter((batch) => !isPart(batch) || exportOf(batch) === exportOf(begun));
  const isMixed = (batch) => batch.size > 1 && codesOf(batch).length > numbersOf(batch).length;
  return {
    found,
    begun,
    have: begun ? numbersOf(begun) : [],
    mixed: found.find(isMixed) ?? null,
    others: found.length < batches.length,
  };
}

function inOrder(one, other) {
  return one.identifier - other.identifier || one.size - other.size || one.index - other.index;
}

/** The best available key for an export; different exports may share it. */
function exportOf({ identifier, size }) {
  return `${identifier} ${size}`;
}

function take(batch, message) {
  const fields = new Map();
  try {
    for (const [number, value] of messageFields(message)) fields.set(number, value);
    batch.accounts.push(checkedAccount(fittedAccount(accountIn(fields))).account);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const name = fields.get(2) instanceof Uint8Array ? fromUtf8(fields.get(2)) : "";
    batch.skipped.push({ name: (name || "").slice(0, 80), problem });
  }
}

function accountIn(fields) {
  const text = (number) => {
    const value = fields.get(number);
    const plain = value instanceof Uint8Array ? fromUtf8(value) : "";
    if (plain === null) throw new Problem("migration_damaged");
    return plain;
  };
  const meaning = (known, number) => {
    const value = known[Number(fields.get(number) ?? 0n)];
    if (value === undefined) throw new Problem("migration_kind");
    return value;
  };
  if (!(fields.get(1) instanceof Uint8Array)) throw new Problem("uri_no_secret");
  const [issuer, label] = nameIn(text(3), text(2));
  const type = meaning(TYPES, 6);
  const counter = type === "hotp" ? Number(fields.get(7) ?? 0n) : 0;
  const settings = { algorithm: meaning(ALGORITHMS, 4), digits: meaning(DIGITS, 5), type, counter };
  return makeAccount(issuer, label, fields.get(1), settings);
}

/** A label often repeats the issuer in front of a colon. */
function nameIn(issuer, label) {
  const [prefix, rest] = splitName(label);
  return prefix && (!issuer || prefix === issuer) ? [prefix, rest] : [issuer, label];
}

/** A `+` in the base64 may have become a space, and its padding is often lost. */
function payloadOf(uri) {
  const data = /data=([^&]*)/.exec(uri)?.[1];
  if (!data) throw new Problem("migration_damaged");
  let text = data;
  try {
    text = decodeURIComponent(data);
  } catch {
    // The text is not percent-encoded.
  }
  const bytes = fromBase64(text.trim().replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/"));
  if (!bytes) throw new Problem("migration_damaged");
  return bytes;
}

/** Number and value (bytes, or a whole number) of each field of a message, unknown ones included. */
function* messageFields(message) {
  let at = 0;
  const number = () => {
    let value = 0n;
    for (let place = 0n; place < 10n; place += 1n) {
      if (at >= message.length) throw new Problem("migration_cut");
      const byte = message[at++];
      value |= BigInt(byte & 0x7f) << (7n * place);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Problem("migration_damaged");
  };
  while (at < message.length) {
    const key = Number(number());
    const kind = key & 7;
    if (kind === 0) {
      yield [key >> 3, number()];
      continue;
    }
    const length = { 1: 8, 5: 4 }[kind] ?? (kind === 2 ? Number(number()) : -1);
    if (length < 0) throw new Problem("migration_damaged");
    if (at + length > message.length) throw new Problem("migration_cut");
    at += length;
    yield [key >> 3, message.slice(at - length, at)];
  }
}
