//! An account: its name, a key's limits for it, and its site, by which accounts are grouped, told apart and found.
import { DEFINITION } from "../definition.js";
import { lengthOf } from "./bytes.js";
import { Problem } from "./problem.js";
import { checkSecretLength } from "./setup_key.js";

/** RFC 4226 section 4 asks for 128 bits; 80 are still common, fewer are not. */
const SHORT_SECRET = 10;
/** Control and format characters, unassigned ones, and all spaces but the plain one. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** An account with the usual settings, except for those given. `secret` is bytes. */
export function makeAccount(issuer, label, secret, settings = {}) {
  const usual = { algorithm: "SHA1", digits: 6, period: 30, type: "totp", counter: 0, recipe: "" };
  return { issuer, label, secret, ...usual, ...settings };
}

/** `issuer:label`, or the label alone. */
export function nameOf({ issuer, label }) {
  return issuer ? `${issuer}:${label}` : label;
}

/** Issuer and label of a name, split at the first colon; without one there is no issuer. */
export function splitName(name) {
  const [, prefix, rest] = /^([^:]*):(.*)/su.exec(name) || [null, "", name];
  return [prefix.trim(), rest.trim()];
}

/** The label of a shop's account: “Berlin (me@mail.example)”, or one of both alone. */
export function labelOf(shop, signIn) {
  return shop && signIn ? `${shop} (${signIn})` : shop || signIn;
}

/** Shop and sign-in of such a label; the shop is "" in any other. */
export function shopIn(label) {
  const [, shop, signIn] = /^(.*\S) \(([^()]*@[^()]*)\)$/su.exec(label) ?? [null, "", label];
  return { shop, signIn };
}

/** SHA1, SHA256 or SHA512 for any usual spelling: `sha1`, `SHA-256`, `HmacSHA512`. Throws Problem. */
export function algorithmOf(spelling) {
  const plain = spelling.trim().toUpperCase().replace(/[-_]/g, "").replace(/^HMAC/, "");
  if (!DEFINITION.algorithms.includes(plain)) {
    throw new Problem("algorithm", { known: DEFINITION.algorithms.join(", ") });
  }
  return plain;
}

/** The account, checked against a key's limits, with warnings. Throws Problem. */
export function checkedAccount(account, warnings = []) {
  const { limits } = DEFINITION;
  checkName("issuer", account.issuer);
  checkName("label", account.label);
  if (!account.label) throw new Problem("no_name");
  checkSecretLength(account.secret.length);
  if (account.type !== "steam") checkRange("digits", account.digits, limits.DIGITS_LEAST, limits.DIGITS_MOST);
  checkRange("period", account.period, limits.PERIOD_LEAST, limits.PERIOD_MOST);
  checkRange("counter", account.counter, 0, limits.COUNTER_MOST);
  const count = account.secret.length;
  const short = count < SHORT_SECRET ? [{ name: "short", values: { count } }] : [];
  return { account, warnings: [...warnings, ...short] };
}

/** `account` with a name that a key accepts, for imports, which do not ask for names. */
export function fittedAccount(account) {
  const printable = (text) => text.replace(INVISIBLE, "").trim();
  const cut = (text) => [...text].slice(0, DEFINITION.limits.NAME).join("").trim();
  const issuer = printable(account.issuer);
  const label = unrepeated(issuer, printable(account.label));
  return label
    ? { ...account, issuer: cut(issuer), label: cut(label) }
    : { ...account, issuer: "", label: cut(issuer) };
}

/** The label without a leading issuer, which some apps repeat there. */
function unrepeated(issuer, label) {
  const [prefix, rest] = splitName(label);
  return rest && prefix.toLowerCase() === issuer.toLowerCase() ? rest : label;
}

/** Throw Problem for a name, "issuer" or "label", that a key cannot store. */
export function checkName(part, text) {
  const [count, most] = [lengthOf(text), DEFINITION.limits.NAME];
  if (count > most) throw new Problem("name_length", { part, count, most });
  if (text.search(INVISIBLE) >= 0) throw new Problem("name_invisible", { part });
}

function checkRange(what, value, least, most) {
  if (value < least || value > most) throw new Problem("range", { what, value, least, most });
}

const SEGMENTER = new Intl.Segmenter("en", { granularity: "word" });

/**
 * `{ site, members }` for each site with several accounts, in the order of the first of each; at last, under
 * "", all accounts that are alone at their site or have none.
 */
export function groupsOf(accounts) {
  // Chrome has Map.groupBy from 117 on; the last one for Windows 7 is 109.
  const bySite = new Map(accounts.map(({ issuer }) => [folded(issuer), []]));
  for (const account of accounts) bySite.get(folded(account.issuer)).push(account);
  const several = [...bySite].filter(([site, members]) => site && members.length > 1);
  const groups = several.map(([, members]) => ({ site: members[0].issuer, members }));
  const alone = accounts.filter((account) => !groups.some(({ members }) => members.includes(account)));
  return alone.length ? [...groups, { site: "", members: alone }] : groups;
}

/** Whether an account of that site is among them. */
export function hasSite(accounts, site) {
  return accounts.some(({ issuer }) => folded(issuer) === folded(site));
}

/** Of each text what all begin with, what tells it apart, and what all end with. No word is cut. */
export function tellingParts(texts) {
  const all = texts.map((text) => [...SEGMENTER.segment(text)].map(({ segment }) => segment));
  // Something is left of each.
  const most = Math.min(...all.map((words) => words.length)) - 1;
  const same = (place) => all.every((words) => words.at(place) === all[0].at(place));
  let begin = 0;
  while (begin < most && same(begin)) begin += 1;
  let end = 0;
  while (begin + end < most && same(-1 - end)) end += 1;
  const join = (words, ...range) => words.slice(...range).join("");
  return all.map((words) => {
    const rest = words.length - end;
    return [join(words, 0, begin), join(words, begin, rest), join(words, rest)];
  });
}

/** The same of labels, of which the shops tell what they can. */
export function tellingLabels(labels) {
  const names = labels.map((label) => shopIn(label).shop || label);
  if (new Set(names).size < names.length) return tellingParts(labels);
  const parts = tellingParts(names);
  return parts.map(([before, telling, after], place) => {
    return [before, telling, after + labels[place].slice(names[place].length)];
  });
}

/** Whether the account's name has each word of `text`, in any order; wide letters count as usual ones. */
export function isFound(account, text) {
  const name = folded(nameOf(account));
  return folded(text)
    .split(/\s/)
    .every((word) => name.includes(word));
}

function folded(text) {
  return String(text).normalize("NFKC").toLowerCase().trim();
}
