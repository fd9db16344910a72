//! Puts Stryker's mutants into modules, each behind a switch.
//!
//!     node instrument.js INSTRUMENTER < {"name": "source", ...} > {"sources": {...}, "mutants": [...]}

import { readFileSync } from "node:fs";
import process from "node:process";

const { Instrumenter } = await import(process.argv[2]);
const silent = new Proxy({}, { get: () => () => false });
const options = { plugins: null, excludedMutations: [], ignorers: [] };

const given = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const files = given.map(([name, content]) => ({ name, mutate: true, content }));
const { files: changed, mutants } = await new Instrumenter(silent).instrument(files, options);
const sources = Object.fromEntries(changed.map(({ name, content }) => [name, content]));
process.stdout.write(JSON.stringify({ sources, mutants }));
