//! Erases a key, after a question and a hold of its button.
import { confirmed } from "../ui/dialogs.js";
import { enter } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export function wipeButton() {
  return button(say("wipe.button"), wipe, "danger");
}

async function wipe() {
  if (!(await confirmed(say("wipe.question"), { agree: say("wipe.agree"), detail: say("wipe.detail") })))
    return;
  await state.key.ask("wipe");
  await enter();
}
