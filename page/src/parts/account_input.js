//! Input of accounts: the field for a secret, the fields of a name, the next step after reading, and saving.
import { checkName, labelOf, nameOf, shopIn } from "../rules/account.js";
import { looksSecret, readAccount } from "../rules/key_uri.js";
import { exportsSoFar, isMigration, readMigration } from "../rules/migration.js";
import { Problem } from "../rules/problem.js";
import { rangeOf, setupKeyIn, squeezeBase32 } from "../rules/setup_key.js";
import { confirmed } from "../ui/dialogs.js";
import { go, replace, restart, state } from "../ui/router.js";
import { at, form, textField } from "../ui/widgets.js";
import { say, sayGuide } from "../ui/words.js";

/**
 * The field for a setup key or key URI. It is emptied once its content is used; a problem leaves it as it is.
 * Where the `guide` knows the site, the account's name is asked for beside it, and kept in `given`; with `shops`
 * that of the shop, too. `onText(text)` gets the secret. The form's `takes(text)` puts a text into the field.
 */
export function secretForm(onText, { guide = null, given = {}, shops = false } = {}) {
  const field = textField(say(guide ? "add.setup_key" : "add.secret"));
  const name = guide?.issuer ? textField(say("add.sign_in"), { kept: [given, "label"] }) : null;
  const shop = shops && shopField({ kept: [given, "shop"] });
  const take = async () => {
    const label = name?.input.value.trim() ?? "";
    try {
      field.input.value = setupKeyIn(field.input.value);
      await checkLength(field.input.value, guide);
      if (name && !label && wantsName(field.input.value)) throw at(name, new Problem("no_name"));
      await onText(field.input.value);
    } catch (problem) {
      throw OF_SECRET.test(problem.name) ? at(field, problem, placeIn(field, problem)) : problem;
    }
    field.input.value = "";
  };
  const element = form(say(name ? "add.save" : "next"), take, field, name, shop);
  element.takes = (text) => {
    field.input.value = text.trim();
    (name?.input.value === "" ? name : field).input.focus();
  };
  return element;
}

/** Problems of what is in the field for the setup key. */
const OF_SECRET = /^(secret|uri)_/;

function placeIn({ input }, { values }) {
  return values.place ? rangeOf(values.place, input.value) : null;
}

/** Ask about a setup key that is not as long as the site's. Throws Problem. */
async function checkLength(text, guide) {
  if (text.includes(":")) return;
  const { account } = readOne(text, 0, [text]);
  account.secret.fill(0);
  const [count, usual] = [squeezeBase32(text).length, guide?.characters];
  if (!usual || count === usual) return;
  const asked = say("add.length", { site: sayGuide(guide.issuer), usual, count });
  if (!(await confirmed(asked, { agree: say("add.length_agree"), keep: say("add.length_again") })))
    throw new Problem("secret_short", { count, usual });
}

/** Whether this is a valid account without a name. Problems are reported before a name is asked for. */
function wantsName(text) {
  try {
    const { account } = readOne(text, 0, [text]);
    account.secret.fill(0);
    return !account.label;
  } catch {
    return false;
  }
}

/**
 * Show the next screen for the texts that were read. `guide` is the site's guide, if one is followed; `given`
 * has the account's name and its shop, if they were asked for. Throws Problem.
 */
export function goOnWith(texts, guide = null, given = {}) {
  const exports = texts.filter(isMigration);
  if (exports.length) return goOnWithExports([], exports, go);
  const readings = texts.map(readOne).filter(Boolean);
  if (!readings.length) throw new Problem("code_other");
  if (readings.length > 1) return go("add_many", { accounts: readings.map(({ account }) => account) });
  return goOnWithOne(readings[0], guide, given);
}

/** Save an account with a name at once if there is a `guide`. Otherwise ask for its name. Throws Problem. */
async function goOnWithOne({ account, warnings }, guide, given) {
  const issuer = account.issuer || guide?.issuer || "";
  const [shop, signIn] = [given.shop, given.label].map((text) => (text ?? "").trim());
  const named = { ...account, issuer, label: labelOf(shop, account.label || signIn) };
  const reading = { account: named, warnings };
  if (!guide || !named.label || warnings.length) return go("name", { reading, guide });
  try {
    await checkUnused(named);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return go("name", { reading, guide, problem });
  }
  return saveAccount(named, guide);
}

/** An account, its name perhaps empty; null for a code of something else. Throws Problem. */
function readOne(text, _, all) {
  const bare = !text.includes(":");
  try {
    const reading = readAccount(text, bare ? "-" : "");
    if (bare) reading.account.label = "";
    return reading;
  } catch (problem) {
    if (problem.name === "uri_unknown" && all.length > 1) return null;
    if (problem.name !== "no_name") throw problem;
    const reading = readAccount(text, "-");
    reading.account.label = "";
    return reading;
  }
}

/** More codes of Google Authenticator's exports. `before` has the results of earlier ones. */
export function addExportCodes(before, texts) {
  return goOnWithExports(before, texts.filter(isMigration), replace);
}

function goOnWithExports(before, texts, next) {
  const exports = exportsSoFar(before, texts.map(readMigration));
  return exports.begun || exports.mixed ? next("google_export", exports) : addAllOf(exports.found);
}

/** Show the plan for all these codes. */
export function addAllOf(found) {
  const accounts = found.flatMap((batch) => batch.accounts);
  return go("add_many", { accounts, skipped: found.flatMap((batch) => batch.skipped) });
}

/** The fields of an account's name, filled with it. A seller with several shops names the shop, too. */
export function nameFields({ issuer, label }) {
  const { shop, signIn } = shopIn(label);
  return {
    site: textField(say("add.issuer"), { value: issuer, hint: say("add.issuer_hint") }),
    signIn: textField(say("add.label"), { value: signIn }),
    shop: shopField({ value: shop }),
  };
}

function shopField(properties) {
  return textField(say("add.shop"), { hint: say("add.shop_hint"), ...properties });
}

/**
 * Issuer and label from their fields, trimmed. Throws Problem, at the field that is wrong: for a secret, for
 * what a key cannot store, and for the name of another account than `but`.
 */
export async function checkedName({ site, signIn, shop }, { but = "" } = {}) {
  const [issuer, ...parts] = [site, shop, signIn].map(({ input }) => input.value.trim());
  const named = { issuer, label: labelOf(...parts) };
  const fields = { issuer: site, label: signIn };
  for (const [part, field] of Object.entries(fields)) {
    try {
      checkName(part, named[part]);
    } catch (problem) {
      throw at(field, problem);
    }
  }
  await checkUnused(named, but).catch((problem) => {
    throw at([site, shop].find(({ input }) => looksSecret(input.value)) ?? signIn, problem);
  });
  return named;
}

/** Throw Problem unless that can be the name of a new account, or of `but`. */
async function checkUnused(named, but = "") {
  if (!named.label) throw new Problem("no_name");
  if (looksSecret(nameOf(named))) throw new Problem("name_secret");
  const same = (entry) =>
    entry.account !== but && nameOf(entry).toLowerCase() === nameOf(named).toLowerCase();
  if ((await state.key.list()).some(same)) throw new Problem("duplicate", { name: nameOf(named) });
}

/** Save it, and go on to its first code at the site of `guide`, or to the accounts. Throws Problem, Refused. */
export async function saveAccount(account, guide) {
  const added = await state.key.add(account);
  account.secret.fill(0);
  await state.key.ask("choose", { account: added.account });
  const { label } = account;
  if (guide) await restart("first_code", { guide, account: { account: added.account, label } });
  else await restart("home", { done: say("add.saved", { name: nameOf(account) }) });
}
