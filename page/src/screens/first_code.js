//! The account is saved: the key types its first code into the site's page. Then come the site's own recovery
//! options and the end of set-up, on the same screen.
import { watchForStrayCodes } from "../parts/stray_codes.js";
import { h } from "../ui/dom.js";
import { codeField } from "../ui/drawings.js";
import { go, restart } from "../ui/router.js";
import { button, notice } from "../ui/widgets.js";
import { say, sayGuide } from "../ui/words.js";

export function firstCodeScreen({ guide }) {
  const site = guide.issuer ? sayGuide(guide.issuer) : say("enroll.the_site");
  const steps = [
    say("enroll.click", { site }),
    say("enroll.press"),
    say("enroll.finish", { finish: sayGuide(guide.finish) }),
  ];
  const stray = h("div", { role: "alert" });
  const content = h(
    "div",
    codeField(say("enroll.type_picture")),
    h(
      "ol.steps",
      steps.map((step) => h("li", step)),
    ),
    stray,
    h("p", say("enroll.waits")),
    question(guide, (after) => content.replaceChildren(after)),
  );
  return { title: say("enroll.type"), content, shown: () => watchForStrayCodes(stray, site) };
}

/** Did it work? `show(element)` puts what follows in the place of it all. */
function question(guide, show) {
  const refused = h(
    "div",
    { hidden: true },
    notice("odd", say("enroll.refused"), say("enroll.refused_again")),
  );
  const worked = () => {
    const heading = h("h2", { tabindex: -1 }, say("enroll.before"));
    show(endOfSetup(guide, heading));
    heading.focus();
  };
  return h(
    "div",
    h("h2", say("enroll.accepted")),
    h(
      "div.row",
      button(say("enroll.worked"), worked, "main"),
      button(say("enroll.failed"), () => (refused.hidden = false)),
    ),
    refused,
  );
}

function endOfSetup(guide, heading) {
  return h(
    "div",
    heading,
    h(
      "ul.steps",
      guide.backup.map((reminder) => h("li", sayGuide(reminder))),
    ),
    h(
      "div.stack",
      button(say("enroll.end"), () => restart("done"), "main"),
      button(say("enroll.backup_now"), () => go("backup")),
      button(say("enroll.lock_now"), () => go("lock")),
      button(say("enroll.finished"), () => restart("home")),
    ),
  );
}
