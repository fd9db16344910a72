//! A backup on paper: its file as the texts of QR codes, and back (docs/reference/backup-file.md).
import { fromBase32, toBase32 } from "./base32.js";
import { fromUtf8, toUtf8 } from "./bytes.js";
import { Problem } from "./problem.js";

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
