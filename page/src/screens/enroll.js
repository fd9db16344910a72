//! Guides a person through a site's enrolment: the choice of the site, and its steps.
import { goOnWith, secretForm } from "../parts/account_input.js";
import { qrInput } from "../parts/qr_input.js";
import { siteForm } from "../parts/site_form.js";
import { h } from "../ui/dom.js";
import { codePage, settingsPage } from "../ui/drawings.js";
import { quoteIn, say, sayGuide, sayQuote } from "../ui/words.js";

export function sitesScreen() {
  return { title: say("enroll.title"), content: siteForm() };
}

export function stepsScreen({ guide, path, way }) {
  const steps = [...(path ? path.steps : []), ...guide.start, ...way.steps];
  const pasted = way.takes === "key";
  const page = guide.page.replace(/^https:\/\/|\/$/g, "");
  const stepOf = (step) => h("li", sayGuide(step, { page }), picture(way, step));
  return {
    title: sayGuide(guide.site),
    content: [
      guide.page && h("p", outwardLink(guide.page)),
      h("ol.steps", steps.map(stepOf)),
      h("h2", say(pasted ? "enroll.paste" : "enroll.show")),
      pasted
        ? secretForm((text, label) => goOnWith([text], guide, label), guide)
        : qrInput((texts) => goOnWith(texts, guide)),
    ],
  };
}

/** A link that opens in a new tab and tells the site nothing about this page. */
function outwardLink(address) {
  const properties = { href: address, target: "_blank", rel: "noopener noreferrer", class: "outward" };
  return h("a", properties, say("enroll.open", { page: new URL(address).host }), " ↗");
}

/** What a step looks like on the site. */
function picture(way, step) {
  if (quoteIn(step, 1) === "Login settings") return settingsPage(say("enroll.settings_picture"));
  if (step !== way.steps[0]) return null;
  const link = sayQuote(step, 0, say("drawing.scan"));
  const pasted = way.takes === "key";
  return codePage(link, pasted, say(pasted ? "enroll.link_picture" : "enroll.code_picture"));
}
