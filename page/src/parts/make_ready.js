//! A blank key is made ready to hold accounts.
import { state } from "../ui/state.js";

/** Unless it is ready already, settle whether backups are `allowed`, which is for good. */
export async function makeReady(allowed) {
  if (state.key.info.state !== "blank") return;
  await state.key.ask("init", { export: Number(allowed) });
  await state.key.refresh();
}
