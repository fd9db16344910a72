//! Renames an account.
import { checkedName, nameFields } from "../parts/account_name.js";
import { nameOf } from "../rules/account.js";
import { restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { form } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export function renameScreen({ account }) {
  const fields = nameFields(account);
  const rename = async () => {
    const named = await checkedName(fields, { but: account.account });
    await state.key.ask("rename", { account: account.account, ...named });
    await restart("home", { done: say("account.renamed", { name: nameOf(named) }) });
  };
  return { title: say("account.rename"), content: form(say("save"), rename, Object.values(fields)) };
}
