//! What the page computes with crypto.subtle: its own HOTP and TOTP, which prove an enrolment; HMAC-SHA-256 and the
//! expand step of HKDF with it (RFC 5869), since crypto.subtle has only both steps in one; and AES-SIV (RFC 5297) on
//! the browser's own AES, for 64-byte keys: half for the tag, half for the text.
import { joinBytes, sameBytes } from "./bytes.js";
import { Problem } from "./problem.js";

const BLOCK = 16;

/** The tag followed by the ciphertext of `plain`, authenticated together with one associated text. */
export async function seal(key, associated, plain) {
  const tag = await tagOf(key, associated, plain);
  return joinBytes(tag, await counted(key, tag, plain));
}

/** The plaintext. Throws Problem(backup_closed) if any bit of key, associated text or ciphertext differs. */
export async function unseal(key, associated, sealed) {
  const tag = sealed.slice(0, BLOCK);
  const plain = await counted(key, tag, sealed.slice(BLOCK));
  if (!sameBytes(tag, await tagOf(key, associated, plain))) throw new Problem("backup_closed");
  return plain;
}

/** AES-CTR from the tag, two bits of which are cleared (section 2.6). */
async function counted(key, tag, text) {
  const counter = joinBytes(tag, new Uint8Array(BLOCK)).slice(0, BLOCK);
  counter[8] &= 0x7f;
  counter[12] &= 0x7f;
  const half = await crypto.subtle.importKey("raw", key.slice(32), "AES-CTR", false, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 128 }, half, text));
}

/** S2V of two texts (section 2.4). */
async function tagOf(key, associated, plain) {
  const half = await crypto.subtle.importKey("raw", key.slice(0, 32), "AES-CBC", false, ["encrypt"]);
  const first = mixed(doubled(await mac(half, new Uint8Array(BLOCK))), await mac(half, associated));
  if (plain.length < BLOCK) return mac(half, mixed(doubled(first), padded(plain)));
  const text = plain.slice();
  text.set(mixed(plain.slice(-BLOCK), first), plain.length - BLOCK);
  return mac(half, text);
}

/** AES-CMAC (RFC 4493): the last block of AES-CBC over the text, its last block mixed with a subkey. */
async function mac(key, text) {
  const subkey = doubled(await lastBlock(key, new Uint8Array(BLOCK)));
  const whole = text.length > 0 && text.length % BLOCK === 0;
  const blocks = whole
    ? text.slice()
    : joinBytes(text.slice(0, text.length - (text.length % BLOCK)), padded(text));
  const last = mixed(blocks.slice(-BLOCK), whole ? subkey : doubled(subkey));
  blocks.set(last, blocks.length - BLOCK);
  return lastBlock(key, blocks);
}

async function lastBlock(key, blocks) {
  const mode = { name: "AES-CBC", iv: new Uint8Array(BLOCK) };
  // The browser adds a block of padding, which is not part of the MAC.
  const encrypted = await crypto.subtle.encrypt(mode, key, blocks);
  return new Uint8Array(encrypted).slice(-2 * BLOCK, -BLOCK);
}

/** The rest of a text after its whole blocks, padded with a one bit and zeros. */
function padded(text) {
  const block = new Uint8Array(BLOCK);
  const rest = text.slice(text.length - (text.length % BLOCK));
  block.set(rest);
  block[rest.length] = 0x80;
  return block;
}

/** A block times x in GF(2^128). */
function doubled(block) {
  const twice = block.map((byte, index) => (byte << 1) | ((block[index + 1] ?? 0) >> 7));
  if (block[0] & 0x80) twice[BLOCK - 1] ^= 0x87;
  return twice;
}

function mixed(one, other) {
  return one.map((byte, index) => byte ^ other[index]);
}

/** A function that gives the HMAC-SHA-256 of its parts, joined, under `key`. */
export async function signer(key) {
  const parameters = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, parameters, false, ["sign"]);
  return async (...parts) => new Uint8Array(await crypto.subtle.sign("HMAC", imported, joinBytes(...parts)));
}

/** 64 bytes from `key` for one use. */
export async function expand(key, use) {
  const mac = await signer(key);
  const first = await mac(use, [1]);
  return joinBytes(first, await mac(first, use, [2]));
}

const HASHES = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };
const STEAM = "23456789BCDFGHJKMNPQRTVWXY";

/** The code of an account at `moment`, in Unix seconds. For hotp, that of its counter. */
export async function codeOf(account, moment) {
  const counter = account.type === "hotp" ? account.counter : Math.floor(moment / account.period);
  if (account.type === "steam") return steamText(await truncated(account.secret, counter, "SHA1"));
  const number = await truncated(account.secret, counter, account.algorithm);
  return String(number % 10 ** account.digits).padStart(account.digits, "0");
}

/** Steam Guard's five characters: RFC 4226's 31 bits in base 26, lowest first. */
function steamText(number) {
  let text = "";
  for (let rest = number; text.length < 5; rest = Math.floor(rest / STEAM.length))
    text += STEAM[rest % STEAM.length];
  return text;
}

/** Dynamic truncation (RFC 4226 section 5.3) of the HMAC of an 8-byte counter: 31 bits. */
async function truncated(secret, counter, algorithm) {
  const parameters = { name: "HMAC", hash: HASHES[algorithm] };
  const key = await crypto.subtle.importKey("raw", secret, parameters, false, ["sign"]);
  const message = new DataView(new ArrayBuffer(8));
  message.setBigUint64(0, BigInt(counter));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, message.buffer));
  return mac.getUint32(mac.getUint8(mac.byteLength - 1) & 0x0f) & 0x7fffffff;
}
