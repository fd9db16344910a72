//! The key types its first code into the site's page. Then come the site's own recovery options.

import { h } from "../ui/dom.js";
import { codeField } from "../ui/drawings.js";
import { go, restart } from "../ui/router.js";
import { button, notice } from "../ui/widgets.js";
import { say, sayGuide, sayQuote } from "../ui/words.js";

export function firstCodeScreen({ guide }) {
  const finish = sayGuide(guide.finish);
  const steps = [say("enroll.click"), say("enroll.press"), say("enroll.finish", { finish })];
  const refused = h(
    "div",
    { hidden: true },
    notice("odd", say("enroll.refused"), say("enroll.refused_again")),
  );
  return {
    title: say("enroll.type"),
    content: [
      codeField(sayQuote(guide.finish, 0, "OK"), say("enroll.type_picture")),
      h(
        "ol.steps",
        steps.map((step) => h("li", step)),
      ),
      h("h2", say("enroll.accepted")),
      h(
        "div.row",
        button(say("yes"), () => restart("reminders", { guide }), "main"),
        button(say("no"), () => (refused.hidden = false)),
      ),
      refused,
    ],
  };
}

export function remindersScreen({ guide }) {
  return {
    title: say("enroll.before"),
    content: [
      h(
        "ul.steps",
        guide.backup.map((reminder) => h("li", sayGuide(reminder))),
      ),
      h("h2", say("enroll.safe")),
      h(
        "div.stack",
        button(say("enroll.backup_now"), () => go("backup")),
        button(say("enroll.lock_now"), () => go("lock")),
      ),
      button(say("enroll.finished"), () => restart("home"), "main"),
    ],
  };
}
