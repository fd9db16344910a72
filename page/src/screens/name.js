//! Asks for an account's name, then adds it to the key.
import { checkedName, nameFields } from "../parts/account_name.js";
import { saveAccount } from "../parts/save_account.js";
import { form, notice, problemNotice } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** `reading`: the account as read; `guide`: the site's, if any; `problem`: why the name is asked for. */
export function nameScreen({ reading: { account, warnings }, guide, problem = null }) {
  const issuer = account.issuer || guide?.issuer || "";
  const fields = nameFields({ ...account, issuer });
  const save = async () => {
    const name = await checkedName(fields);
    await saveAccount({ ...account, ...name }, guide);
  };
  const odd = warnings.map(({ name, values }) => notice("odd", say(`warnings.${name}`, values)));
  return {
    fleeting: true,
    title: say("add.name"),
    content: [problem && problemNotice(problem), odd, form(say("add.save"), save, Object.values(fields))],
  };
}
