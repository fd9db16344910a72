//! Being led through a site's enrolment: which site, which way, and what to click there.
import { GUIDES } from "../definition.js";
import { goOnWith, secretForm } from "../parts/account_input.js";
import { qrInput } from "../parts/qr_input.js";
import { h } from "../ui/dom.js";
import { codePage, settingsPage } from "../ui/drawings.js";
import { go } from "../ui/router.js";
import { choice, form } from "../ui/widgets.js";
import { quoteIn, say, sayGuide } from "../ui/words.js";

export function sitesScreen() {
  const options = GUIDES.map((guide) => ({ value: guide.id, title: sayGuide(guide.site) }));
  const site = choice(say("enroll.site"), options, GUIDES[0].id);
  const next = () => go("ways", { guide: GUIDES.find((guide) => guide.id === site.value()) });
  return { title: say("enroll.title"), content: form(say("next"), next, site) };
}

export function waysScreen({ guide }) {
  const numbered = (list) => list.map(({ name }, index) => ({ value: String(index), title: sayGuide(name) }));
  const path = guide.paths.length ? choice(say("enroll.path"), numbered(guide.paths), "0") : null;
  const way = choice(say("enroll.way"), numbered(guide.ways), "0");
  const next = () =>
    go("steps", { guide, path: guide.paths[path?.value() ?? -1], way: guide.ways[way.value()] });
  return { title: sayGuide(guide.site), content: form(say("next"), next, path, way) };
}

export function stepsScreen({ guide, path, way }) {
  const steps = [...(path ? path.steps : []), ...guide.start, ...way.steps];
  const pasted = way.takes === "key";
  const stepOf = (step) => h("li", sayGuide(step, { page: guide.page }), picture(way, step));
  return {
    title: sayGuide(guide.site),
    content: [
      guide.page && h("p", outwardLink(guide.page)),
      h("ol.steps", steps.map(stepOf)),
      h("h2", say(pasted ? "enroll.paste" : "enroll.show")),
      pasted ? secretForm((text) => goOnWith([text], guide)) : qrInput((texts) => goOnWith(texts, guide)),
    ],
  };
}

/** A link that opens beside this page and tells the site nothing of it. */
function outwardLink(address) {
  const properties = { href: address, target: "_blank", rel: "noopener noreferrer", class: "outward" };
  return h("a", properties, say("enroll.open", { page: new URL(address).host }), " ↗");
}

/** What a step looks like on the site. */
function picture(way, step) {
  if (quoteIn(step, 1) === "Login settings") return settingsPage(say("enroll.settings_picture"));
  if (step !== way.steps[0]) return null;
  const link = quoteIn(step, 0) || "Can't scan?";
  const pasted = way.takes === "key";
  return codePage(link, pasted, say(pasted ? "enroll.link_picture" : "enroll.code_picture"));
}
