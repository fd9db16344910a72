//! Adds many accounts at once: the plan, one press, the result.
import { nameOf } from "../rules/account.js";
import { placeOf, planFor } from "../rules/plan.js";
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { form, notice, planList, problemNotice, progress } from "../ui/widgets.js";
import { say } from "../ui/words.js";

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
