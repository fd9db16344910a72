//! Accounts from what a site shows: a key URI (otpauth://totp/...) or a secret to copy. The rules are those
//! of records/key_uri.py in readers/; one table of cases, tests/data/key_uris.toml, holds for both.
import { DEFINITION } from "../definition.js";
import { algorithmOf, checkedAccount, makeAccount, splitName } from "./account.js";
import { fromUtf8 } from "./bytes.js";
import { Problem } from "./problem.js";
import { decodeBase32, squeezeBase32 } from "./setup_key.js";

const STEAM_DIGITS = 5;
/** What a parameter `steam` says where it says that the account is Steam's: Stratum gives it no value. */
const STEAM_MARKED = ["", "true", "1", "yes"];
/** RFC 4226 section 5.1 defines an eight-byte counter, which has up to twenty decimal digits. */
const COUNTER_DIGITS = 20;
/** Parameters for which programs in JavaScript or Dart write "null". */
const MAY_BE_NULL = ["algorithm", "counter", "digits", "issuer", "period"];
/** Scheme, authority, path, query. A hash sign is a part of the label. */
const URI = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?]*)\??(.*)/isu;
/**
 * A secret within other text. The shortest that sites give out has 16 digits of base32. Of letters alone it must
 * have more, since a name may be in capitals.
 */
const IN_A_NAME = /[A-Z2-7]{24,}|(?=[2-7]*[A-Z]+[2-7])[A-Z2-7]{16,}/;

/** `{account, warnings}` of a key URI or a base32 secret. A `name` overrides a URI's. Throws Problem. */
export function readAccount(text, name = "", lenient = false) {
  const trimmed = text.trim();
  if (trimmed.includes(":")) return readUri(trimmed, name, lenient);
  const [issuer, label] = splitName(name);
  return checkedAccount(makeAccount(issuer, label, decodeBase32(trimmed, lenient)));
}

/** Whether a text in place of a name is a key URI or a base32 secret, or has one in it, as a damaged URI has. */
export function looksSecret(name) {
  return /otpauth|secret=/i.test(name) || IN_A_NAME.test(name) || name.split(":").some(looksBase32);
}

function looksBase32(text) {
  if (!/^[A-Z2-7]{16,}$/.test(squeezeBase32(text))) return false;
  const groups = text.split(/\s/).filter(Boolean);
  const grouped = groups.every((group) => group.length === 4);
  return grouped || text === text.toUpperCase() || /[2-7]/.test(text);
}

function readUri(text, name, lenient) {
  const uri = splitUri(text);
  if (uri.scheme === "steam") {
    const own = name ? splitName(name) : ["", "Steam"];
    return checkedAccount(steamAccount(named(own), uri.authority + uri.path, lenient));
  }
  const given = parametersOf(uri.query);
  const warnings = [];
  const its = nameInUri(uri, given, name ? null : warnings);
  const own = name ? splitName(name) : its;
  if (!given.has("secret")) throw new Problem("uri_no_secret");
  // The URI's own name decides, since a name that a person chose does not change the type.
  const type = typeOf(uri, given, its[0] || its[1]);
  warnings.push(...notUnderstood(given));
  if (type === "steam")
    return checkedAccount(steamAccount(named(own), given.get("secret"), lenient), warnings);
  const byCounter = type === "hotp";
  if (byCounter && !settingIn(given, "counter")) warnings.push({ name: "no_counter", values: {} });
  const account = makeAccount(...named(own), decodeBase32(given.get("secret"), lenient), {
    algorithm: algorithmOf(settingIn(given, "algorithm") ?? "SHA1"),
    digits: numberIn(given, "digits", 6),
    period: byCounter ? 30 : numberIn(given, "period", 30),
    type,
    counter: byCounter ? numberIn(given, "counter", 0, COUNTER_DIGITS) : 0,
  });
  return checkedAccount(account, warnings);
}

/** Issuer and label. An issuer without a label becomes the label. */
function named([issuer, label]) {
  return label ? [issuer, label] : ["", issuer];
}

function steamAccount(name, secret, lenient) {
  return makeAccount(...name, decodeBase32(secret, lenient), { digits: STEAM_DIGITS, type: "steam" });
}

function splitUri(text) {
  // A URI that was copied from a page's source may contain `&amp;` between its parameters.
  const parts = URI.exec(text.replaceAll("&amp;", "&").replace(/[\t\r\n]/g, ""));
  const scheme = parts?.[1].toLowerCase();
  if (scheme === "otpauth-migration") throw new Problem("uri_several");
  if (scheme !== "otpauth" && scheme !== "steam") throw new Problem("uri_unknown");
  const authority = parts[2] || "";
  if (/[[\]]/.test(authority)) throw new Problem("uri_invalid");
  return { scheme, authority, path: parts[3], query: parts[4] };
}

/** The query by lower-case name. A parameter may be repeated only with the same value. */
function parametersOf(query) {
  const given = new Map();
  for (const pair of query.split("&").filter(Boolean)) {
    const [, name, value] = /([^=]*)=?(.*)/su.exec(pair);
    const key = unquote(name.replaceAll("+", " ")).toLowerCase();
    const plain = unquote(value.replaceAll("+", " "));
    if (plain === "null" && MAY_BE_NULL.includes(key)) continue;
    if (given.has(key) && given.get(key) !== plain) throw new Problem("uri_twice");
    given.set(key, plain);
  }
  return given;
}

/** Decode percent-encoding and keep invalid escapes. If `strict`, throws Problem for invalid UTF-8. */
function unquote(text, strict = true) {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Uint8Array.from(run.slice(1).split("%"), (digits) => parseInt(digits, 16));
    const plain = fromUtf8(bytes);
    if (plain === null && strict) throw new Problem("uri_utf8");
    return plain ?? run;
  });
}

/**
 * Issuer and label. The issuer parameter overrides the label's prefix, with a warning. If a person has given
 * another name, `warnings` is null and errors in this name do not matter.
 */
function nameInUri(uri, given, warnings) {
  const [prefix, label] = splitName(unquote(uri.path.replace(/^\//, ""), warnings !== null));
  const issuer = given.get("issuer")?.trim() || prefix;
  if (prefix && prefix.toLowerCase() !== issuer.toLowerCase()) {
    warnings?.push({ name: "two_issuers", values: { first: issuer, second: prefix } });
  }
  return [issuer, label];
}

/** totp, hotp or steam, which programs write in different ways. Digits alone do not make it one. */
function typeOf(uri, given, name) {
  const kind = uri.authority.toLowerCase();
  const digits = settingIn(given, "digits") || String(STEAM_DIGITS);
  const byName = name.toLowerCase() === "steam" && kind === "totp" && digits === String(STEAM_DIGITS);
  const byEncoder = given.get("encoder")?.toLowerCase() === "steam";
  const byMark = STEAM_MARKED.includes(given.get("steam")?.toLowerCase());
  if (kind === "steam" || byName || byEncoder || byMark) return "steam";
  if (kind !== "totp" && kind !== "hotp") throw new Problem("uri_kind");
  return kind;
}

/** A setting under whichever of its names; undefined if it is absent. Throws Problem if two differ. */
function settingIn(given, role) {
  const names = DEFINITION.link.settings[role].filter((name) => given.has(name));
  const values = new Set(names.map((name) => given.get(name).trim()));
  if (values.size > 1) throw new Problem("uri_twice");
  return [...values][0];
}

/** A warning of the parameters that nobody here knows. Throws Problem for those that shift codes. */
function notUnderstood(given) {
  const { settings, shifts, decorations } = DEFINITION.link;
  if (shifts.some((name) => !["", "0"].includes((given.get(name) ?? "").trim())))
    throw new Problem("uri_shifted");
  const known = [...Object.values(settings).flat(), ...shifts, ...decorations];
  const names = [...given.keys()].filter((name) => name && !known.includes(name) && given.get(name).trim());
  return names.length ? [{ name: "not_understood", values: { names: names.slice(0, 5).join(", ") } }] : [];
}

/** A parameter as a number; an absent or empty one is `otherwise`. */
function numberIn(given, parameter, otherwise, longest = 4) {
  const value = settingIn(given, parameter) || String(otherwise);
  if (!/^[0-9]+$/.test(value) || value.length > longest) throw new Problem("uri_number", { parameter });
  return Number(value);
}
