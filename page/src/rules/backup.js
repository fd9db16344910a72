//! Backups: the records that a key sealed for export, in one file under a passphrase (docs/reference/backup-file.md).

import { DEFINITION } from "../definition.js";
import { makeAccount } from "./account.js";
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "./bytes.js";
import { expand } from "./hkdf.js";
import { derive, withinBounds } from "./passphrase.js";
import { Problem } from "./problem.js";
import { seal, unseal } from "./siv.js";

const FORMAT = "totpkey backup";
const VERSION = 1;
/** The largest file that is read as a backup, in bytes. */
export const LARGEST_BACKUP = 8 << 20;
/** HKDF labels for the keys that are derived from the passphrase's key: for the records, and for the rest. */
const RECORDS = toUtf8("totpkey export");
const SEAL = toUtf8("totpkey backup");

/** The text of a backup of `records`, which a key has exported under `derived`. */
export async function writeBackup({ key, made, derived, parameters, records, notes = "" }) {
  const document = documentOf({ made, key, parameters, records });
  const sealing = await expand(derived, SEAL);
  document.seal = toBase64(await seal(sealing, covered(document), toUtf8(notes || "\n")));
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** The document without its seal. */
function documentOf({ made, key, parameters, records }) {
  const { salt, memory, passes, lanes } = parameters;
  const argon2id = { salt: toBase64(salt), memory, passes, lanes };
  return { format: FORMAT, version: VERSION, made, key, argon2id, accounts: records.map(toBase64) };
}

/** A backup that is still encrypted. Throws Problem for anything else. */
export function readBackup(text) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    // What is no JSON is refused below, as JSON that is no backup is.
  }
  if (file?.format !== FORMAT) throw new Problem("backup_none");
  if (file.version !== VERSION) throw new Problem("backup_version");
  const bytes = (value) => (typeof value === "string" ? fromBase64(value) : null);
  const parameters = { ...file.argon2id, salt: bytes(file.argon2id?.salt) || new Uint8Array() };
  const records = Array.isArray(file.accounts) ? file.accounts.map(bytes) : [null];
  const whole = Number.isInteger(file.made) && typeof file.key === "string" && bytes(file.seal);
  if (!whole || records.includes(null) || !withinBounds(parameters)) throw new Problem("backup_damaged");
  return { made: file.made, key: file.key, parameters, records, seal: bytes(file.seal) };
}

/** `{accounts, notes}` of a backup, opened with its passphrase. Throws Problem. */
export async function openBackup(backup, passphrase, onprogress) {
  return openDerived(backup, await derive(passphrase, backup.parameters, onprogress));
}

/** The same with the passphrase's key, which is overwritten whether it opens the backup or not. */
export async function openDerived(backup, derived) {
  const key = await expand(derived, RECORDS);
  try {
    const notes = await unseal(await expand(derived, SEAL), covered(documentOf(backup)), backup.seal);
    const opened = await Promise.all(backup.records.map((record) => unseal(key, RECORDS, record)));
    return { accounts: opened.map(unpack), notes: (fromUtf8(notes) ?? "").replace(/^\n+|\n+$/g, "") };
  } finally {
    derived.fill(0);
    key.fill(0);
  }
}

/** What the seal authenticates besides the notes: everything else, in canonical JSON (RFC 8785). */
function covered(document) {
  return toUtf8(JSON.stringify(document, (_, value) => (isPlain(value) ? sorted(value) : value)));
}

function isPlain(value) {
  return typeof value === "object" && !Array.isArray(value);
}

function sorted(value) {
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, value[name]]),
  );
}

/** The numbers of a structure that begins at `start`, by name; `places` has the offset and size of each. */
function numbers(view, start, places) {
  const read = { 1: "getUint8", 2: "getUint16", 4: "getUint32" };
  const entries = Object.entries(places);
  return Object.fromEntries(entries.map(([name, [at, size]]) => [name, view[read[size]](start + at, true)]));
}

/** An account from a record (totpkey_protocol/record.py). */
function unpack(record) {
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const { head, headSize, tail, tailSize } = DEFINITION.record;
  try {
    const first = numbers(view, 0, head);
    let at = headSize;
    const take = (length) => {
      at += length;
      return record.slice(at - length, at);
    };
    const issuer = fromUtf8(take(first.issuer));
    const label = fromUtf8(take(first.label));
    const secret = take(first.secret);
    const last = numbers(view, at, tail);
    const settings = {
      algorithm: DEFINITION.algorithms[first.algorithm],
      digits: first.digits,
      period: first.period,
      type: DEFINITION.types[last.type],
      counter: last.counter,
      recipe: fromUtf8(record.slice(at + tailSize)),
    };
    if ([issuer, label, ...Object.values(settings)].some((part) => part == null)) throw new RangeError();
    return makeAccount(issuer, label, secret, settings);
  } catch {
    throw new Problem("backup_version");
  }
}
