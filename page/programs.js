//! Runs programs one after the other, each with one of Stryker's mutants or none: a line of JSON for each, and
//! one back. The first line is the text of a script that runs once, before all programs. The page's modules are
//! evaluated anew for each program, since a mutant may be in what runs only then. Programs come through standard
//! input, so that no secret is on a command line.

import process from "node:process";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { Script } from "node:vm";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
new Script(JSON.parse((await lines.next()).value)).runInThisContext();
const usual = Object.getOwnPropertyDescriptors(globalThis);
/** Scripts by name. Each comes with its text once. */
const known = new Map();

async function done({ name, code, main, mutant, limit }) {
  if (code !== undefined) known.set(name, new Script(`(() => { ${code}\n})()`));
  const [loaded, hits] = [{}, {}];
  // The names are Stryker's. A mutant that is reached more often than the limit throws: it would never end.
  globalThis.__stryker__ = {
    activeMutant: mutant,
    hitCount: 0,
    hitLimit: limit,
    mutantCoverage: { static: loaded, perTest: {} },
  };
  try {
    known.get(name).runInThisContext();
    globalThis.__stryker__.mutantCoverage.static = hits;
    const result = String(JSON.stringify(await endOf(new Script(main).runInThisContext())));
    return { result, loaded, hits };
  } catch (problem) {
    return { error: String(problem?.stack ?? problem), loaded, hits };
  } finally {
    forget();
  }
}

/** What a promise gives. Throws when nothing is left that could settle it. */
async function endOf(promise) {
  let idle;
  const stuck = new Promise((_, reject) => {
    idle = () => reject(new Error("it waits for nothing"));
  });
  process.stdin.unref();
  process.once("beforeExit", idle);
  try {
    return await Promise.race([promise, stuck]);
  } finally {
    process.off("beforeExit", idle);
    process.stdin.ref();
  }
}

/** Leave nothing of a program but what the engine keeps. */
function forget() {
  for (const name of Object.keys(globalThis)) if (!(name in usual)) delete globalThis[name];
  Object.defineProperties(globalThis, usual);
}

// What a mutant leaves behind must not end the next one's run.
process.on("unhandledRejection", () => {});

for await (const line of lines) {
  const answer = await done(JSON.parse(line));
  await setImmediate();
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${JSON.stringify({ ...answer, seconds: (user + system) / 1e6 })}\n`);
}
