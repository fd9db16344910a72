//! Saves an account on the key, which proves it. Afterwards a press types the account's code.
import { nameOf } from "../rules/account.js";
import { restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { say } from "../ui/words.js";

/** Save it, and go on to its first code at the site of `guide`, or to the accounts. Throws Problem, Refused. */
export async function saveAccount(account, guide) {
  const added = await state.key.add(account);
  account.secret.fill(0);
  await state.key.ask("choose", { account: added.account });
  const { label } = account;
  if (guide) await restart("first_code", { guide, account: { account: added.account, label } });
  else await restart("home", { done: say("add.saved", { name: nameOf(account) }) });
}
