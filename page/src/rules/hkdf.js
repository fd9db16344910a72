//! HMAC-SHA-256, and the expand step of HKDF with it (RFC 5869): crypto.subtle has only both steps in one.
import { joinBytes } from "./bytes.js";

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
