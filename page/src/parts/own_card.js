//! The card of the connected key, for what others lend it.
import { fromHex } from "../rules/bytes.js";
import { state } from "../ui/state.js";

/** Its `name` and `public` half; null if it has none yet. */
export async function ownCard() {
  try {
    const { name, public: point } = await state.key.ask("card");
    return { name, public: fromHex(point) };
  } catch (refused) {
    if (refused.code === "not_found") return null;
    throw refused;
  }
}
