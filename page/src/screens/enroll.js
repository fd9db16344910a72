//! Guides a person through a site's enrolment: the choice of the site, and its steps up to a saved account.
import { goOnWith, secretForm } from "../parts/account_input.js";
import { qrInput } from "../parts/qr_input.js";
import { siteTiles } from "../parts/site_tiles.js";
import { hasSite } from "../rules/sites.js";
import { h } from "../ui/dom.js";
import { codePage, settingsPage } from "../ui/drawings.js";
import { state } from "../ui/state.js";
import { quoteIn, say, sayGuide } from "../ui/words.js";

export function sitesScreen() {
  return { title: say("enroll.title"), content: siteTiles() };
}

/** `given` keeps the account's name for the way back. */
export async function stepsScreen(given) {
  const { guide } = given;
  const [first, other] = guide.paths;
  // What tells two accounts of a site apart is asked for from the second on.
  const shops = Boolean(guide.issuer) && hasSite(await state.key.list(), guide.issuer);
  const goOn = (texts) => goOnWith(texts, guide, given);
  const secret = secretForm((text) => goOn([text]), { guide, given, shops });
  return {
    title: sayGuide(guide.site),
    content: [
      guide.note && h("p.hint", sayGuide(guide.note)),
      h(
        "ol.steps",
        [...(first ?? []), ...guide.start].map((step) => stepOf(guide, step, other)),
        h(
          "li",
          say("enroll.show"),
          qrInput(goOn, secret.takes),
          h("p", say("enroll.paste", { link: sayQuoted(guide.shown) })),
          codePage(say("enroll.link_picture")),
          secret,
        ),
      ),
    ],
  };
}

/** A step, with a link in place of the site's address, and with what belongs to it. */
function stepOf(guide, step, other) {
  const parts = step.split("{page}").map((_, part) => sayGuide(step, part));
  const linked = parts.flatMap((part, index) => (index ? [outwardLink(guide.page), part] : [part]));
  const settings = quoteIn(step, 1) === "Login settings";
  return h("li", linked, settings && [settingsPage(say("enroll.settings_picture")), otherPath(other)]);
}

/** What to do instead at another place of the site. */
function otherPath(steps) {
  return h(
    "details",
    h("summary", say("enroll.signing_up")),
    steps.map((step) => h("p", sayGuide(step))),
  );
}

/** What the site calls its link to the setup key, in the reader's quotation marks. */
function sayQuoted(step) {
  const name = quoteIn(step, 0);
  return name && sayGuide(step, 0, (text) => `“${quoteIn(text, 0) || name}”`);
}

/** A link that opens in a new tab and tells the site nothing about this page. */
function outwardLink(address) {
  const properties = { href: address, target: "_blank", rel: "noopener noreferrer", class: "outward" };
  const arrow = h("span", { "aria-hidden": "true" }, " ↗");
  return h("a", properties, address.replace(/^https:\/\/(www\.)?|\/$/g, ""), arrow);
}
