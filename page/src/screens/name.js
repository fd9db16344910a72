//! Asks for an account's name, then adds it to the key.
import { checkedName } from "../parts/account_name.js";
import { saveAccount } from "../parts/save_account.js";
import { form, notice, problemNotice, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** `reading`: the account as read; `guide`: the site's, if any; `problem`: why the name is asked for. */
export function nameScreen({ reading: { account, warnings }, guide, problem = null }) {
  const issuer = account.issuer || guide?.issuer || "";
  const site = textField(say("add.issuer"), { value: issuer, hint: say("add.issuer_hint") });
  const label = textField(say("add.label"), { value: account.label, hint: say("add.label_hint") });
  const save = async () => {
    const name = await checkedName(site, label);
    await saveAccount({ ...account, ...name }, guide);
  };
  const odd = warnings.map(({ name, values }) => notice("odd", say(`warnings.${name}`, values)));
  return {
    fleeting: true,
    title: say("add.name"),
    content: [problem && problemNotice(problem), odd, form(say("add.save"), save, site, label)],
  };
}
