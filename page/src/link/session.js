//! A session's records: texts with the tags that prove them, in both directions (docs/concepts/protocol.md).
import { DEFINITION } from "../definition.js";
import { fromHex, randomBytes, sameBytes, toHex, toUtf8 } from "../rules/bytes.js";
import { signer } from "../rules/hkdf.js";

/** A tag has so many hexadecimal digits: half as many bytes of the HMAC. */
export const TAG = 32;
const CODE = toUtf8("code");

export class Session {
  constructor() {
    /** 32 bytes that the key is given, and that no other program can read. */
    this.key = randomBytes(DEFINITION.limits.SESSION);
  }

  async code(...parts) {
    this.sign ??= await signer(this.key);
    return this.sign(...parts);
  }

  /** The tag of a record that has this text, in bytes. */
  async tag(text) {
    return toUtf8(toHex((await this.code(text)).slice(0, TAG / 2)));
  }

  /** The text of a record that the key has proved; null for any other line, of which nothing is parsed. */
  async opened(line) {
    const [text, tag] = [line.slice(0, -TAG), line.slice(-TAG)];
    return sameBytes(tag, await this.tag(text)) ? text : null;
  }

  /** The code that the reply to that request has covered. */
  async uncovered(id, sealed) {
    const cover = await this.code(CODE, fromHex(id.toString(16).padStart(8, "0")));
    return String.fromCharCode(...fromHex(sealed).map((byte, place) => byte ^ cover[place]));
  }
}
