//! The sites that have a guide: one click each.
import { GUIDES } from "../definition.js";
import { h } from "../ui/dom.js";
import { go } from "../ui/router.js";
import { button } from "../ui/widgets.js";
import { say, sayGuide } from "../ui/words.js";

export function siteTiles() {
  const more = h("details", h("summary", say("enroll.more")), tiles(true));
  return h("div", tiles(false), more);
}

/** Those that are shown first, or the others. */
function tiles(more) {
  const shown = GUIDES.filter((guide) => guide.more === more);
  return h(
    "div.tiles",
    shown.map((guide) => button(sayGuide(guide.site), () => go("steps", { guide }))),
  );
}
