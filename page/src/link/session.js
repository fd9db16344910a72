//! What proves to a key that requests come from this page, and what only this page can read (docs/concepts/consent.md).
import { DEFINITION } from "../definition.js";
import { fromBase64, fromUtf8, joinBytes, randomBytes, toHex, toUtf8 } from "../rules/bytes.js";
import { expand, signer } from "../rules/hkdf.js";
import { Problem } from "../rules/problem.js";
import { unseal } from "../rules/siv.js";

const REPLY = toUtf8("totpkey reply");
const MAC_SIZE = 16;

export class Session {
  constructor() {
    /** 32 bytes that the key is given, and that no other program can read. */
    this.key = randomBytes(DEFINITION.limits.SESSION);
  }

  /** A request, a JSON object with its newline, with its MAC as the last field. */
  async proved(frame) {
    this.sign ??= await signer(this.key);
    const head = frame.slice(0, -2);
    const mac = toHex((await this.sign(head)).slice(0, MAC_SIZE));
    return joinBytes(head, toUtf8(`,"mac":"${mac}"}\n`));
  }

  /** The text that the reply to that request has sealed. Throws Problem(bad_reply). */
  async opened(id, sealed, command) {
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, id);
    try {
      return fromUtf8(await unseal(await expand(this.key, REPLY), number, fromBase64(sealed)));
    } catch {
      throw new Problem("bad_reply", { command });
    }
  }
}
