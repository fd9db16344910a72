//! Adding accounts: one that a site shows, as a QR code or as text, and its name; the codes of a Google Authenticator
//! export, of which some may be missing; and many at once, by a plan, one press, and the result.
import {
  addAllOf,
  addExportCodes,
  checkedName,
  goOnWith,
  nameFields,
  saveAccount,
  secretForm,
} from "../parts/account_input.js";
import { qrInput } from "../parts/transfers.js";
import { nameOf } from "../rules/account.js";
import { placeOf, planFor } from "../rules/plan.js";
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { restart, state } from "../ui/router.js";
import { form, notice, planList, problemNotice, progress } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export function addScreen() {
  const secret = secretForm((text) => goOnWith([text]));
  return {
    title: say("add.title"),
    content: [
      h("p.lead", say("add.lead")),
      h("h2", say("add.picture")),
      qrInput((texts) => goOnWith(texts), secret.takes),
      h("h2", say("add.text")),
      secret,
    ],
  };
}

/** `reading`: the account as read; `guide`: the site's, if any; `problem`: why the name is asked for. */
export function nameScreen({ reading: { account, warnings }, guide, problem = null }) {
  const issuer = account.issuer || guide?.issuer || "";
  const fields = nameFields({ ...account, issuer });
  const save = async () => {
    const name = await checkedName(fields);
    await saveAccount({ ...account, ...name }, guide);
  };
  const odd = warnings.map(({ name, values }) => notice("odd", say(`warnings.${name}`, values)));
  return {
    fleeting: true,
    title: say("add.name"),
    content: [problem && problemNotice(problem), odd, form(say("add.save"), save, Object.values(fields))],
  };
}

/** Gets the result of `exportsSoFar`. Names what is omitted and what cannot be counted. */
export function googleExportScreen({ found, begun, have, mixed, others }) {
  const more = (texts) => addExportCodes(found, texts);
  const secret = secretForm((text) => more([text]));
  return {
    title: say("migration.title"),
    content: [
      others && notice("odd", say("migration.other")),
      begun && notice("odd", say("migration.missing", { have: have.join(", "), size: begun.size })),
      mixed && notice("odd", say("migration.mixed", { size: mixed.size })),
      qrInput(more, secret.takes),
      secret,
      form(say("migration.go_on"), () => addAllOf(found)),
    ],
  };
}

/** `skipped` are entries of a file that cannot be read: `{name, problem}`. */
export async function addManyScreen({ accounts, skipped = [] }) {
  const steps = planFor(accounts, await state.key.list());
  const additions = additionsIn(steps);
  const bar = progress(say("many.saving"));
  const proved = new Set();
  const save = async () => {
    await addMissing(accounts, proved, bar);
    // The account at which an earlier attempt stopped is on the key, but its code was not compared.
    const unproved = additions.filter((account) => !proved.has(placeOf(account)));
    if (unproved.length) throw new Problem("unproved", { names: unproved.map(nameOf).join(", ") });
    for (const account of accounts) account.secret.fill(0);
    await restart("home", { done: say("many.saved", { count: additions.length }) });
  };
  const count = additions.length;
  return {
    fleeting: true,
    title: say("many.title"),
    content: [
      h("p.lead", say("many.lead", { count, all: accounts.length + skipped.length })),
      planList(steps, (step) => ({
        name: nameOf(step.account),
        omitted: step.omitted,
        said: [...unusual(step.account), reasonOf(step)].filter(Boolean).join(" · "),
      })),
      skipped.map(({ name, problem }) => [name && h("p", h("strong", name)), problemNotice(problem)]),
      count ? form(say("many.save", { count }), save, bar) : notice("plain", say("many.none")),
    ],
  };
}

/** The settings that are not what nearly all accounts have. */
function unusual({ type, algorithm, digits, period }) {
  if (type === "steam") return ["Steam Guard"];
  const told = [type === "hotp" && "HOTP", algorithm !== "SHA1" && algorithm];
  if (digits !== 6) told.push(say("many.digits", { count: digits }));
  if (period !== 30) told.push(say("many.period", { count: period }));
  return told;
}

function additionsIn(steps) {
  return steps.filter((step) => !step.omitted).map((step) => step.account);
}

function reasonOf({ omitted, renamed }) {
  if (omitted) return say(`many.${omitted}`);
  return renamed ? say("many.renamed", { name: renamed }) : "";
}

/** Add the accounts that are not on the key. `proved` gets the positions of proved ones, even if others fail. */
async function addMissing(accounts, proved, bar) {
  // Plan again, since an interrupted attempt has left some on the key.
  const missing = additionsIn(planFor(accounts, await state.key.list()));
  if (!missing.length) return;
  await bar.during(async (set) => {
    let added = 0;
    const onProved = (account) => {
      proved.add(placeOf(account));
      added += 1;
      set(added / missing.length);
    };
    const untyped = await state.key.addAll(missing, onProved);
    await checkThatAllCame(missing, untyped);
  });
}

async function checkThatAllCame(accounts, untyped) {
  const there = new Set((await state.key.list()).map(placeOf));
  const missing = accounts.filter((account) => !there.has(placeOf(account)) && !untyped.includes(account));
  if (missing.length) throw new Problem("many_missing", { count: missing.length });
  if (untyped.length) throw new Problem("untyped", { names: untyped.map(nameOf).join(", ") });
}
