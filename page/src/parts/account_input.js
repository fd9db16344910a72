//! Accounts on their way in: the field for a secret, and where what was read leads to.
import { readAccount } from "../rules/key_uri.js";
import { exportsSoFar, isMigration, readMigration } from "../rules/migration.js";
import { Problem } from "../rules/problem.js";
import { go, replace } from "../ui/router.js";
import { form, takeText, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** The field for a secret or key URI, which is emptied before anything is done with it. */
export function secretForm(onText) {
  const field = textField(say("add.secret"), { hidden: true, hint: say("add.secret_hint") });
  return form(say("next"), () => onText(takeText(field)), field);
}

/** Go on with what was read, wherever it came from. `guide` is the site's, if one is followed. Throws Problem. */
export function goOnWith(texts, guide = null) {
  const exports = texts.filter(isMigration);
  if (exports.length) return goOnWithExports([], exports, go);
  const readings = texts.map(readOne).filter(Boolean);
  if (!readings.length) throw new Problem("code_other");
  if (readings.length > 1) return go("add_many", { accounts: readings.map(({ account }) => account) });
  return go("name", { reading: readings[0], guide });
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

/** More codes of Google Authenticator's exports. What was found `before` is from earlier ones. */
export function addExportCodes(before, texts) {
  return goOnWithExports(before, texts.filter(isMigration), replace);
}

function goOnWithExports(before, texts, next) {
  const exports = exportsSoFar(before, texts.map(readMigration));
  return exports.begun || exports.mixed ? next("google_export", exports) : addAllOf(exports.found);
}

/** Show what will be added of all these codes. */
export function addAllOf(found) {
  const accounts = found.flatMap((batch) => batch.accounts);
  return go("add_many", { accounts, skipped: found.flatMap((batch) => batch.skipped) });
}
