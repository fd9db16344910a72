//! Sets, changes and removes the key's PIN and passphrase, and erases the key.
import { changeLock } from "../parts/lock_fields.js";
import { wipeButton } from "../parts/wipe_button.js";
import { confirmed } from "../ui/dialogs.js";
import { h } from "../ui/dom.js";
import { enter, go, replace } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, notice } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export async function locksScreen() {
  const slots = await state.key.ask("slots");
  const open = Boolean(slots.device);
  return {
    title: say("lock.title"),
    content: [
      notice(open ? "odd" : "good", say(open ? "lock.is_none" : "lock.is_set")),
      elementNote(slots),
      h("div.stack", lockButtons("pin", slots), lockButtons("passphrase", slots)),
      !open && button(say("lock.now"), lockNow),
      h("h2", say("wipe.title")),
      h("p", say("wipe.about")),
      wipeButton(),
    ],
  };
}

function lockButtons(kind, slots) {
  const set = button(say(`lock.${kind}_${slots[kind] ? "change" : "add"}`), () => go("new_lock", { kind }));
  return [set, slots[kind] > 0 && button(say(`lock.${kind}_remove`), () => removeLock(kind, slots), "quiet")];
}

/** Of a key with a secure element: whether its PIN is one with that. */
function elementNote({ element, with_element: used }) {
  if (used) return notice(element ? "good" : "odd", say(element ? "lock.element" : "lock.element_gone"));
  return element > 0 && notice("odd", say("lock.element_idle"));
}

async function lockNow() {
  await state.key.ask("lock");
  await enter();
}

async function removeLock(kind, slots) {
  const last = !(slots.pin && slots.passphrase);
  if (last && !(await confirmed(say("lock.remove_last"), { agree: say("lock.remove") }))) return;
  const done = await changeLock(kind, "remove_slot", { slot: kind }, say("lock.removed"));
  await replace("lock", { done });
}
