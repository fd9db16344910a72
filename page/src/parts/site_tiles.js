//! The sites that have a guide: one click each.
import { GUIDES } from "../definition.js";
import { h } from "../ui/dom.js";
import { go } from "../ui/router.js";
import { button } from "../ui/widgets.js";
import { sayGuide } from "../ui/words.js";

export function siteTiles() {
  return h(
    "div.tiles",
    GUIDES.map((guide) => button(sayGuide(guide.site), () => go("steps", { guide }))),
  );
}
