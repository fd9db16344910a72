//! Requests and replies, checked against the definition that key and host share (docs/reference/protocol-reference.md).

import { DEFINITION } from "../definition.js";
import { fromUtf8, isPlain, lengthOf, toUtf8 } from "../rules/bytes.js";
import { Problem, Refused } from "../rules/problem.js";
import { TAG } from "./session.js";

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
