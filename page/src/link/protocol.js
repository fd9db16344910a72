//! Requests and replies, checked against the definition that key and host share
//! (docs/reference/protocol-reference.md), and a session's records: texts with the tags that prove them, in both
//! directions (docs/concepts/protocol.md).
import { DEFINITION } from "../definition.js";
import {
  fromHex,
  fromUtf8,
  isPlain,
  lengthOf,
  randomBytes,
  sameBytes,
  toHex,
  toUtf8,
} from "../rules/bytes.js";
import { signer } from "../rules/crypto.js";
import { Problem, Refused } from "../rules/problem.js";

/** A tag has so many hexadecimal digits: half as many bytes of the HMAC. */
const TAG = 32;
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

const HEXADECIMAL = /^[0-9a-f]*$/;

/** The error code for an invalid `value` of a field; "" if it is valid. */
function misfit(field, value) {
  const number = field.kind === "number";
  if (number ? !Number.isInteger(value) : typeof value !== "string") return "bad_type";
  if (field.kind === "choice") return field.choices.includes(value) ? "" : "bad_value";
  const size = number ? value : lengthOf(value);
  if (size < field.least || size > field.most) return "out_of_range";
  return number || spelledRight(field.kind, value) ? "" : "bad_value";
}

function spelledRight(kind, text) {
  if (kind === "secret" || kind === "hex") return text.length % 2 === 0 && HEXADECIMAL.test(text);
  if (kind === "account") return HEXADECIMAL.test(text);
  if (kind === "pin") return /^[0-9]*$/.test(text);
  return isPlain(text);
}

/** The text of one request. The key completes it with defaults. Throws Refused for what it would refuse. */
export function encodeRequest(name, id, given) {
  const request = { id, command: name };
  for (const field of DEFINITION.commands[name].takes) {
    const value = given[field.name] ?? field.default;
    if (value === undefined) throw new Refused("missing_field", field.name);
    const wrong = misfit(field, value);
    if (wrong) throw new Refused(wrong, field.name);
    if (value !== field.default) request[field.name] = value;
  }
  const text = toUtf8(JSON.stringify(request));
  if (text.length + TAG + 1 > DEFINITION.limits.FRAME) throw new Refused("frame_too_long");
  return text;
}

/** The object in a text; an empty one for anything else, such as the end of an older record. */
export function decode(text) {
  try {
    return Object(JSON.parse(fromUtf8(text)));
  } catch {
    return {};
  }
}

/** The checked fields of a reply's `ok`, without unknown ones. Throws Problem. */
export function checkReply(name, reply) {
  return checkedFields(name, DEFINITION.commands[name].gives, reply);
}

function checkedFields(name, fields, reply) {
  if (!reply || typeof reply !== "object") throw new Problem("bad_reply", { command: name });
  return Object.fromEntries(
    fields.map((field) => [field.name, checkedValue(name, field, reply[field.name] ?? field.default)]),
  );
}

function checkedValue(name, field, value) {
  if (field.kind === "accounts" && Array.isArray(value)) {
    return value.map((entry) => checkedFields(name, DEFINITION.entry, entry));
  }
  if (field.kind === "accounts" || misfit(field, value)) throw new Problem("bad_reply", { command: name });
  return value;
}
