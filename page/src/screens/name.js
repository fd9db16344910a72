//! What an account is to be called; then it goes to the key.
import { DEFINITION } from "../definition.js";
import { checkedName } from "../parts/account_name.js";
import { nameOf } from "../rules/account.js";
import { touching } from "../ui/dialogs.js";
import { restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { form, notice, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** `reading` is what was read of the account; `guide` the site's, if one is followed. */
export function nameScreen({ reading: { account, warnings }, guide }) {
  const most = { maxlength: DEFINITION.limits.NAME };
  const issuer = account.issuer || guide?.issuer || "";
  const site = textField(say("add.issuer"), { value: issuer, hint: say("add.issuer_hint"), ...most });
  const label = textField(say("add.label"), { value: account.label, hint: say("add.label_hint"), ...most });
  const save = async () => {
    const named = { ...account, ...(await checkedName(site.input.value, label.input.value)) };
    const added = await touching(say("touch.add"), () => state.key.add(named));
    account.secret.fill(0);
    await state.key.ask("choose", { account: added.account });
    const done = say("add.saved", { name: nameOf(named) });
    await (guide ? restart("first_code", { guide, done }) : restart("home", { done }));
  };
  const odd = warnings.map(({ name, values }) => notice("odd", say(`warnings.${name}`, values)));
  return { title: say("add.name"), content: [odd, form(say("add.save"), save, site, label)] };
}
