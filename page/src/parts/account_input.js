//! Input of accounts: the field for a secret, and the next step after reading it.
import { DEFINITION } from "../definition.js";
import { readAccount } from "../rules/key_uri.js";
import { exportsSoFar, isMigration, readMigration } from "../rules/migration.js";
import { Problem } from "../rules/problem.js";
import { go, replace } from "../ui/router.js";
import { form, takeText, textField } from "../ui/widgets.js";
import { say, sayGuide } from "../ui/words.js";
import { checkedName } from "./account_name.js";
import { saveAccount } from "./save_account.js";

/**
 * The field for a secret or key URI. It is emptied before its content is used. Where the `guide` knows the
 * site, the account's name is asked for beside it. `onText(text, label)` gets both.
 */
export function secretForm(onText, guide = null) {
  const field = textField(say("add.secret"), { hidden: true, hint: say("add.secret_hint") });
  const most = { maxlength: DEFINITION.limits.NAME };
  const name = guide?.issuer ? textField(say("add.label"), { hint: sayGuide(guide.label), ...most }) : null;
  const take = () => {
    const label = name?.input.value.trim() ?? "";
    if (!field.input.value.trim()) throw new Problem("secret_empty");
    if (name && !label && wantsName(field.input.value)) throw new Problem("no_name");
    return onText(takeText(field), label);
  };
  return form(say("next"), take, field, name);
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
 * Show the next screen for the texts that were read. `guide` is the site's guide, if one is followed; `label`
 * is the account's name, if it was asked for. Throws Problem.
 */
export function goOnWith(texts, guide = null, label = "") {
  const exports = texts.filter(isMigration);
  if (exports.length) return goOnWithExports([], exports, go);
  const readings = texts.map(readOne).filter(Boolean);
  if (!readings.length) throw new Problem("code_other");
  if (readings.length > 1) return go("add_many", { accounts: readings.map(({ account }) => account) });
  return goOnWithOne(readings[0], guide, label);
}

/** Save an account with a name at once if there is a `guide`. Otherwise ask for its name. Throws Problem. */
async function goOnWithOne({ account, warnings }, guide, label) {
  const issuer = account.issuer || guide?.issuer || "";
  const named = { ...account, issuer, label: account.label || label };
  const reading = { account: named, warnings };
  if (!guide || !named.label || warnings.length) return go("name", { reading, guide });
  try {
    await checkedName(named.issuer, named.label);
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
