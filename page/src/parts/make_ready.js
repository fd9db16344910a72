//! Initialises a blank key.
import { state } from "../ui/state.js";

/** Initialise it unless that is done. Whether backups are `allowed` is permanent. */
export async function makeReady(allowed) {
  if (state.key.info.state !== "blank") return;
  await state.key.ask("init", { export: Number(allowed) });
  await state.key.refresh();
}
