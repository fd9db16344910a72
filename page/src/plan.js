// What an import does with each account: add it, add it under another name, or leave it out, and why.
// Computed as host/totpkey/plan.py does, so that an import that was cut goes on when it is run again.
import { sameBytes } from "./bytes.js";
import { DEFINITION } from "./definition.js";

const SETTINGS = ["type", "algorithm", "digits", "period"];

/** `[{account, renamed, omitted}]` for a key that has `stored`; `omitted` is "twice" or "known", or "". */
export function planFor(accounts, stored) {
  const onKey = new Map(stored.map((entry) => [placeOf(entry), entry]));
  const planned = new Map();
  return accounts.map((account) => stepFor(account, planned, onKey));
}

function stepFor(account, planned, onKey) {
  for (const label of labelsLike(account.label)) {
    const renamed = { ...account, label };
    const place = placeOf(renamed);
    const [before, there] = [planned.get(place), onKey.get(place)];
    if (before) {
      if (sameAccount({ ...before, label: account.label }, account)) return { account, omitted: "twice" };
      continue;
    }
    if (there && !sameSettings(renamed, there)) continue;
    planned.set(place, renamed);
    if (there) return { account, omitted: "known" };
    return { account: renamed, renamed: label === account.label ? "" : account.label, omitted: "" };
  }
  throw new Error("the labels do not end");
}

/** A label, then ones like it that still fit. */
function* labelsLike(label) {
  yield label;
  for (let number = 2; ; number += 1) {
    const ending = ` (${number})`;
    yield [...label].slice(0, DEFINITION.limits.NAME - ending.length).join("") + ending;
  }
}

export function placeOf({ issuer, label }) {
  return JSON.stringify([issuer, label]);
}

/** Whether they may be the same account: a key never shows its secrets to compare. */
function sameSettings(account, stored) {
  return SETTINGS.every((name) => account[name] === stored[name]);
}

function sameAccount(one, other) {
  const plain = ["issuer", "label", "counter", "recipe", ...SETTINGS];
  return plain.every((name) => one[name] === other[name]) && sameBytes(one.secret, other.secret);
}
