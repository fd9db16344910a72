//! Renames an account.
import { checkedName } from "../parts/account_name.js";
import { nameOf } from "../rules/account.js";
import { smallChange, touching } from "../ui/dialogs.js";
import { restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { form, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export function renameScreen({ account }) {
  const issuer = textField(say("add.issuer"), { value: account.issuer });
  const label = textField(say("add.label"), { value: account.label });
  const rename = async () => {
    const named = await checkedName(issuer, label, { but: account.account });
    await touching(smallChange(), () => state.key.ask("rename", { account: account.account, ...named }));
    await restart("home", { done: say("account.renamed", { name: nameOf(named) }) });
  };
  return { title: say("account.rename"), content: form(say("save"), rename, issuer, label) };
}
