//! Plans an import: whether to add each account, add it under another name, or omit it, and why.
//! As in host/totpkey/importers/plan.py, an interrupted import continues when it is run again.

import { DEFINITION } from "../definition.js";
import { nameOf } from "./account.js";
import { sameBytes } from "./bytes.js";

const SETTINGS = ["type", "algorithm", "digits", "period"];

/** `[{account, renamed, omitted}]` for a key that has `stored`; `omitted` is "twice" or "known", or "". */
export function planFor(accounts, stored) {
  const left = [...stored];
  const taken = new Set(stored.map(placeOf));
  const planned = [];
  return accounts.map((account) => stepFor(account, planned, taken, left));
}

/** `left`: the key's accounts that are not matched yet. Each matches at most one account. */
function stepFor(account, planned, taken, left) {
  for (const label of labelsLike(account.label)) {
    const renamed = { ...account, label };
    const place = placeOf(renamed);
    if (planned.some((other) => sameAccount(other, renamed))) return { account, omitted: "twice" };
    const there = left.findIndex((entry) => placeOf(entry) === place && sameSettings(renamed, entry));
    if (there < 0 && taken.has(place)) continue;
    planned.push(renamed);
    taken.add(place);
    if (there < 0)
      return { account: renamed, renamed: label === account.label ? "" : account.label, omitted: "" };
    left.splice(there, 1);
    return { account, omitted: "known" };
  }
}

/** A label, then numbered variants that fit. */
function* labelsLike(label) {
  yield label;
  for (let number = 2; ; number += 1) {
    const ending = ` (${number})`;
    yield [...label].slice(0, DEFINITION.limits.NAME - ending.length).join("") + ending;
  }
}

/**
 * `[{account, left}]` for a copy from key to key, whose accounts are `ours` and `theirs`: `left` says why one is
 * not copied, or "". As in host/totpkey/cli/commands/spare.py, the plan depends on nothing else.
 */
export function copyPlan(ours, theirs) {
  const there = new Map(theirs.map((account) => [placeOf(account), account]));
  const counts = new Map();
  for (const place of ours.map(placeOf)) counts.set(place, (counts.get(place) ?? 0) + 1);
  const leftFor = (account) => {
    const other = there.get(placeOf(account));
    if (nameOf(account) === DEFINITION.unreadable) return "lost";
    if (account.end) return "lent";
    if (counts.get(placeOf(account)) > 1) return "twice";
    if (!other) return "";
    return sameSettings(account, other) ? "known" : "other";
  };
  return ours.map((account) => ({ account, left: leftFor(account) }));
}

export function placeOf({ issuer, label }) {
  return JSON.stringify([issuer, label]);
}

/** Whether they may be the same account. A key never shows its secrets for comparison. */
function sameSettings(account, stored) {
  return SETTINGS.every((name) => account[name] === stored[name]);
}

function sameAccount(one, other) {
  const plain = ["issuer", "label", "counter", "recipe", ...SETTINGS];
  return plain.every((name) => one[name] === other[name]) && sameBytes(one.secret, other.secret);
}
