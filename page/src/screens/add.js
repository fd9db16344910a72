// Adding accounts: what a site shows, as text or as a QR code, and many at once from Google Authenticator.
import { nameOf } from "../rules/account.js";
import { h } from "../ui/dom.js";
import { DEFINITION } from "../definition.js";
import { looksSecret, readAccount } from "../rules/key_uri.js";
import { lookFor } from "../parts/qr_input.js";
import { manyScreen } from "./add_many.js";
import { isMigration, readMigration } from "../rules/migration.js";
import { Problem } from "../rules/problem.js";
import { form, notice, show, stage, taken, textField } from "../ui/app.js";
import { say } from "../ui/words.js";

export function addScreen(back) {
  const saved = (account, added) => addedScreen(account, added, back);
  const ontexts = (texts) => takeTexts(texts, () => addScreen(back), saved);
  show(
    say("add.title"),
    { back },
    h("p.lead", say("add.lead")),
    h("h2", say("add.picture")),
    lookFor(ontexts),
    h("h2", say("add.text")),
    secretForm((text) => ontexts([text])),
  );
}

/** The field for a secret or key URI, which is emptied before anything is done with it. */
export function secretForm(take) {
  const field = textField(say("add.secret"), { hidden: true, hint: say("add.secret_hint") });
  return form(say("next"), () => take(taken(field)), field);
}

/** Go on with what was read, wherever it came from. Throws Problem. */
export async function takeTexts(texts, back, saved, issuer = "") {
  const exports = texts.filter(isMigration);
  if (exports.length) return migrationScreen([], exports.map(readMigration), back);
  const readings = texts.map(readOne).filter(Boolean);
  if (!readings.length) throw new Problem("code_other");
  if (readings.length > 1) return manyScreen(readings.map(({ account }) => account), [], back);
  return nameScreen(readings[0], back, saved, issuer);
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

/** What the account is to be called; then it goes to the key. */
function nameScreen({ account, warnings }, back, saved, issuer) {
  const most = { maxlength: DEFINITION.limits.NAME };
  const site = textField(say("add.issuer"), { value: account.issuer || issuer, hint: say("add.issuer_hint"), ...most });
  const label = textField(say("add.label"), { value: account.label, hint: say("add.label_hint"), ...most });
  const save = async () => {
    const named = { ...account, issuer: site.input.value.trim(), label: label.input.value.trim() };
    if (!named.label) throw new Problem("no_name");
    if (looksSecret(nameOf(named))) throw new Problem("name_secret");
    await refuseDuplicate(named);
    const added = await stage.key.add(named);
    account.secret.fill(0);
    await saved(named, added);
  };
  const told = warnings.map(({ name, values }) => notice("odd", say("warnings." + name, values)));
  show(say("add.name"), { back }, told, form(say("add.save"), save, site, label));
}

/** Throws Problem if another account, but the one of the id `but`, has that name. */
export async function refuseDuplicate(account, but) {
  const name = nameOf(account).toLowerCase();
  const same = (entry) => entry.account !== but && nameOf(entry).toLowerCase() === name;
  if ((await stage.key.list()).some(same)) throw new Problem("duplicate", { name: nameOf(account) });
}

async function addedScreen(account, added, back) {
  await stage.key.ask("choose", { account: added.account });
  await back(say("add.saved", { name: nameOf(account) }));
}

/**
 * Codes of an export come one by one: ask for those that are missing. Of exports that were shown `before`, only
 * whole ones count beside the one that is begun; what is left out is said, and so is what nobody can count.
 */
function migrationScreen(before, fresh, back) {
  // Today's app names no export: only a code with the very same content is one that was seen before.
  const shown = new Map([...before, ...fresh].map((batch) => [JSON.stringify(batch), batch]));
  const batches = [...shown.values()].sort(inOrder);
  const codesOf = (batch) => batches.filter((other) => exportOf(other) === exportOf(batch));
  const placesOf = (batch) => [...new Set(codesOf(batch).map(({ index }) => index + 1))];
  // Each index is below the size.
  const isPart = (batch) => placesOf(batch).length < batch.size;
  const begun = [...fresh, ...before].find(isPart);
  const found = batches.filter((batch) => !isPart(batch) || exportOf(batch) === exportOf(begun));
  const mixed = found.find((batch) => batch.size > 1 && codesOf(batch).length > placesOf(batch).length);
  const all = () => manyScreen(found.flatMap((batch) => batch.accounts), found.flatMap((batch) => batch.skipped), back);
  if (!begun && !mixed) return all();
  const more = (texts) => migrationScreen(found, texts.filter(isMigration).map(readMigration), back);
  return show(
    say("migration.title"),
    { back },
    found.length < batches.length && notice("odd", say("migration.other")),
    begun && notice("odd", say("migration.missing", { have: placesOf(begun).join(", "), size: begun.size })),
    mixed && notice("odd", say("migration.mixed", { size: mixed.size })),
    lookFor(more),
    secretForm((text) => more([text])),
    form(say("migration.go_on"), all),
  );
}

function inOrder(one, other) {
  return one.identifier - other.identifier || one.size - other.size || one.index - other.index;
}

/** What tells exports apart, as far as it does. */
function exportOf({ identifier, size }) {
  return `${identifier} ${size}`;
}
