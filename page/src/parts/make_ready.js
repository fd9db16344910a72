//! Initialises a new key.
import { touching } from "../ui/dialogs.js";
import { state } from "../ui/state.js";
import { say } from "../ui/words.js";

/** Initialise it unless that is done. Whether backups are `allowed` is permanent. */
export async function makeReady(allowed) {
  if (state.key.info.state !== "blank") return;
  // Switching backups off permanently needs a hold of the button.
  await touching(say("touch.no_backups"), () => state.key.makeReady(allowed));
  await state.key.refresh();
}
