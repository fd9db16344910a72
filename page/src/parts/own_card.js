//! The card of the connected key, for what others lend it, and the names on cards.
import { fromHex } from "../rules/bytes.js";
import { Problem } from "../rules/problem.js";
import { state } from "../ui/state.js";
import { at } from "../ui/widgets.js";

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

/** The name in a field, as a key takes it. Throws Problem, at the field. */
export function nameIn(field) {
  const name = field.input.value.trim();
  if (!name) throw at(field, new Problem("lend_nameless"));
  return name;
}
