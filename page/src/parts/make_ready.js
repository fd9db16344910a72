//! Initialises a new key.
import { state } from "../ui/state.js";

/** Initialise it unless that is done. Whether backups are `allowed` is permanent. */
export async function makeReady(allowed) {
  if (state.key.info.state !== "blank") return;
  await state.key.makeReady(allowed);
  await state.key.refresh();
}
