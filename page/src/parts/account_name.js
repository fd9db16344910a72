//! The name of an account: its fields, checked before it goes to the key.
import { checkName, labelOf, nameOf, shopIn } from "../rules/account.js";
import { looksSecret } from "../rules/key_uri.js";
import { Problem } from "../rules/problem.js";
import { state } from "../ui/state.js";
import { at, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** The fields of an account's name, filled with it. A seller with several shops names the shop, too. */
export function nameFields({ issuer, label }) {
  const { shop, signIn } = shopIn(label);
  return {
    site: textField(say("add.issuer"), { value: issuer, hint: say("add.issuer_hint") }),
    signIn: textField(say("add.label"), { value: signIn }),
    shop: shopField({ value: shop }),
  };
}

export function shopField(properties) {
  return textField(say("add.shop"), { hint: say("add.shop_hint"), ...properties });
}

/**
 * Issuer and label from their fields, trimmed. Throws Problem, at the field that is wrong: for a secret, for
 * what a key cannot store, and for the name of another account than `but`.
 */
export async function checkedName({ site, signIn, shop }, { but = "" } = {}) {
  const [issuer, ...parts] = [site, shop, signIn].map(({ input }) => input.value.trim());
  const named = { issuer, label: labelOf(...parts) };
  const fields = { issuer: site, label: signIn };
  for (const [part, field] of Object.entries(fields)) {
    try {
      checkName(part, named[part]);
    } catch (problem) {
      throw at(field, problem);
    }
  }
  await checkUnused(named, but).catch((problem) => {
    throw at([site, shop].find(({ input }) => looksSecret(input.value)) ?? signIn, problem);
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
