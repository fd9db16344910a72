// Many accounts at once: what will happen to each, then one press, then what came of it.
import { nameOf } from "../rules/account.js";
import { h } from "../ui/dom.js";
import { home } from "./home.js";
import { placeOf, planFor } from "../rules/plan.js";
import { Problem } from "../rules/problem.js";
import { form, notice, problemNotice, progress, show, stage, touching } from "../ui/app.js";
import { say } from "../ui/words.js";

/** `skipped` are entries of a file that cannot be read: `{name, problem}`. */
export async function manyScreen(accounts, skipped, back) {
  const steps = planFor(accounts, await stage.key.list());
  const additions = additionsOf(steps);
  const rows = steps.map((step) =>
    h("li", { class: step.omitted ? "omitted" : "" }, h("strong", nameOf(step.account)), " ", whyOf(step)),
  );
  const lost = skipped.map(({ name, problem }) => [name && h("p", h("strong", name)), problemNotice(problem)]);
  const bar = progress(say("many.saving"));
  const proved = new Set();
  const save = async () => {
    // Anew: a try that broke off has left some on the key.
    const missing = additionsOf(planFor(accounts, await stage.key.list()));
    if (missing.length) await bar.during((set) => addThem(missing, proved, set));
    // One at which a try broke off is there now, and was compared by nobody.
    const unproved = additions.filter((account) => !proved.has(placeOf(account)));
    if (unproved.length) throw new Problem("unproved", { names: unproved.map(nameOf).join(", ") });
    for (const account of accounts) account.secret.fill(0);
    await home(say("many.saved", { count: additions.length }));
  };
  show(
    say("many.title"),
    { back },
    h("p.lead", say("many.lead", { count: additions.length, all: accounts.length + skipped.length })),
    h("ul.plan", rows),
    lost,
    additions.length ? form(say("many.save", { count: additions.length }), save, bar) : notice("plain", say("many.none")),
  );
}

function additionsOf(steps) {
  return steps.filter((step) => !step.omitted).map((step) => step.account);
}

function whyOf({ omitted, renamed }) {
  if (omitted) return say("many." + omitted);
  return renamed ? say("many.renamed", { name: renamed }) : "";
}

/** The places of those that the key has proved come into `proved`, even if others fail. */
async function addThem(accounts, proved, set) {
  let done = 0;
  const untyped = await touching(say("touch.many", { count: accounts.length }), () =>
    stage.key.addAll(accounts, (account) => {
      proved.add(placeOf(account));
      set(++done / accounts.length);
    }),
  );
  const there = new Set((await stage.key.list()).map(placeOf));
  const missing = accounts.filter((account) => !there.has(placeOf(account)) && !untyped.includes(account));
  if (missing.length) throw new Problem("many_missing", { count: missing.length });
  if (untyped.length) throw new Problem("untyped", { names: untyped.map(nameOf).join(", ") });
}
