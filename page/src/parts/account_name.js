//! The name of an account, checked before it goes to the key.
import { nameOf } from "../rules/account.js";
import { looksSecret } from "../rules/key_uri.js";
import { Problem } from "../rules/problem.js";
import { state } from "../ui/state.js";

/** Issuer and label, trimmed. Throws Problem for a secret, or for the name of another account. */
export async function checkedName(issuer, label, { but = "" } = {}) {
  const named = { issuer: issuer.trim(), label: label.trim() };
  if (!named.label) throw new Problem("no_name");
  if (looksSecret(nameOf(named))) throw new Problem("name_secret");
  const same = (entry) =>
    entry.account !== but && nameOf(entry).toLowerCase() === nameOf(named).toLowerCase();
  if ((await state.key.list()).some(same)) throw new Problem("duplicate", { name: nameOf(named) });
  return named;
}
