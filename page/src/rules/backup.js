//! Backups: the records that a key sealed for export, in one file under a passphrase, and that file on paper, as the
//! texts of QR codes (docs/reference/backup-file.md).
import { DEFINITION } from "../definition.js";
import { makeAccount } from "./account.js";
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "./bytes.js";
import { expand, seal, unseal } from "./crypto.js";
import { derive, withinBounds } from "./locks.js";
import { Problem } from "./problem.js";
import { fromBase32, toBase32 } from "./setup_key.js";

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

/** A code: its number from 1, the count, the CRC-32 of the file, and a piece of it. */
const CODE = /^TPKB1:(\d{1,3}):(\d{1,3}):([0-9A-F]{8}):([A-Z2-7]+)$/;
/** Characters of base32 in one code: small enough for telephones and cheap printers. */
const PIECE = 800;

/** The texts of the QR codes that hold a backup file. */
export async function paperCodes(text) {
  const file = toUtf8(text);
  const packed = toBase32(await through(new CompressionStream("deflate"), file));
  const pieces = packed.match(new RegExp(`.{1,${PIECE}}`, "g"));
  return pieces.map((piece, place) => `TPKB1:${place + 1}:${pieces.length}:${sumOf(file)}:${piece}`);
}

/** The backup file's text, from all its codes in any order. Throws Problem, which names missing codes. */
export async function joinPaper(texts) {
  const codes = texts.map((text) => CODE.exec(text)).filter(Boolean);
  if (!codes.length) throw new Problem("paper_none");
  const [[, , count, sum]] = codes;
  if (codes.some((code) => code[2] !== count || code[3] !== sum)) throw new Problem("paper_several");
  const pieces = new Map(codes.map(([, number, , , piece]) => [Number(number), piece]));
  const numbers = Array.from({ length: Number(count) }, (_, place) => place + 1);
  const missing = numbers.filter((number) => !pieces.has(number));
  if (missing.length)
    throw new Problem("paper_missing", { count: numbers.length, missing: missing.join(", ") });
  const packed = fromBase32(numbers.map((number) => pieces.get(number)).join(""));
  const file = await through(new DecompressionStream("deflate"), packed).catch(() => new Uint8Array());
  if (sumOf(file) !== sum) throw new Problem("backup_damaged");
  return fromUtf8(file);
}

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** CRC-32 (ITU-T V.42) in eight hexadecimal digits. */
function sumOf(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (~sum >>> 0).toString(16).toUpperCase().padStart(8, "0");
}
