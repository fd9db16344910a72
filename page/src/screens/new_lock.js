//! Asks for a new PIN or passphrase, during set-up or later.
import { newPassphraseFields, newPinFields } from "../parts/lock_fields.js";
import { h } from "../ui/dom.js";
import { back, enter, go } from "../ui/router.js";
import { state } from "../ui/state.js";
import { form } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** `kind` is "pin" or "passphrase". While a key is set up, `allowed` settles backups, and `then` is what comes next. */
export function newLockScreen({ kind, allowed = null, then = "" }) {
  const fields = kind === "pin" ? newPinFields() : newPassphraseFields();
  const set = async () => {
    const secret = fields.take();
    if (allowed !== null) await state.key.makeReady(allowed);
    const done = await fields.set(secret);
    if (!then) return back({ done });
    await enter({ done });
    return then === "home" ? undefined : go(then);
  };
  return {
    title: say(`lock.${kind}_new`),
    content: [!then && h("p", say(`lock.${kind}_about`)), form(say("lock.set"), set, fields.content)],
  };
}
