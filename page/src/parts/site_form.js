//! One form that asks for the site, the path to its page, and the way to enter its setup key.
import { GUIDES } from "../definition.js";
import { fill, h } from "../ui/dom.js";
import { canLook } from "../ui/qr_reader.js";
import { go } from "../ui/router.js";
import { choice, form } from "../ui/widgets.js";
import { say, sayGuide } from "../ui/words.js";

/** A form that leads to the steps of the chosen site. */
export function siteForm() {
  const sites = GUIDES.map(({ id, site }) => ({ value: id, title: sayGuide(site) }));
  const site = choice(say("enroll.site"), sites, GUIDES[0].id, "fieldset.tiles");
  const details = h("div");
  let chosen = null;
  const show = () => {
    chosen = choicesOf(GUIDES.find(({ id }) => id === site.value()));
    fill(details, chosen.path, chosen.way);
  };
  site.addEventListener("change", show);
  show();
  return form(say("next"), () => go("steps", chosen.take()), site, details);
}

/** The choices in a guide. `take()` returns what was chosen, for the steps. */
function choicesOf(guide) {
  const ways = waysOf(guide);
  const path = guide.paths.length ? choice(say("enroll.path"), numbered(guide.paths), "0") : null;
  const way = choice(say("enroll.way"), numbered(ways), "0");
  const take = () => ({ guide, path: guide.paths[path?.value() ?? -1], way: ways[way.value()] });
  return { path, way, take };
}

/** The easiest way first: the QR code if this browser can capture the screen, else the text. */
function waysOf({ ways }) {
  const best = canLook() ? "qr" : "key";
  return [...ways].sort((one, other) => (other.takes === best) - (one.takes === best));
}

function numbered(parts) {
  return parts.map(({ name }, index) => ({ value: String(index), title: sayGuide(name) }));
}
