//! AES-SIV (RFC 5297) on the browser's own AES, for 64-byte keys: half for the tag, half for the text.
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
