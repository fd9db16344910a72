//! The name of an account, checked before it goes to the key.
import { checkName, nameOf } from "../rules/account.js";
import { looksSecret } from "../rules/key_uri.js";
import { Problem } from "../rules/problem.js";
import { state } from "../ui/state.js";
import { at } from "../ui/widgets.js";

/**
 * Issuer and label from their fields, trimmed. Throws Problem, at the field that is wrong: for a secret, for
 * what a key cannot store, and for the name of another account than `but`.
 */
export async function checkedName(site, account, { but = "" } = {}) {
  const named = { issuer: site.input.value.trim(), label: account.input.value.trim() };
  const fields = { issuer: site, label: account };
  for (const [part, field] of Object.entries(fields)) {
    try {
      checkName(part, named[part]);
    } catch (problem) {
      throw at(field, problem);
    }
  }
  await checkUnused(named, but).catch((problem) => {
    throw at(looksSecret(named.issuer) ? site : account, problem);
  });
  return named;
}

/** Throw Problem unless that can be the name of a new account, or of `but`. */
export async function checkUnused(named, but = "") {
  if (!named.label) throw new Problem("no_name");
  if (looksSecret(nameOf(named))) throw new Problem("name_secret");
  const same = (entry) =>
    entry.account !== but && nameOf(entry).toLowerCase() === nameOf(named).toLowerCase();
  if ((await state.key.list()).some(same)) throw new Problem("duplicate", { name: nameOf(named) });
}
