//! The account is saved: the key types its first code into the site's page. Then come the site's own recovery
//! options and the end of set-up, on the same screen.
import { measureOffset } from "../link/synchronise.js";
import { sayOffset, setClock } from "../parts/clock_words.js";
import { watchForStrayCodes } from "../parts/stray_codes.js";
import { fill, h } from "../ui/dom.js";
import { codeField } from "../ui/drawings.js";
import { go, restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, notice, toAccounts } from "../ui/widgets.js";
import { say, sayGuide } from "../ui/words.js";

/** `account`: the one that was saved, with its id on the key. */
export function firstCodeScreen({ guide, account }) {
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
    question(guide, account, (after) => content.replaceChildren(after)),
  );
  return { title: say("enroll.type"), content, shown: () => watchForStrayCodes(stray, site) };
}

/** Did it work? `show(element)` puts what follows in the place of it all. */
function question(guide, account, show) {
  const refused = h("div");
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
      button(say("enroll.failed"), () => tellWhatNext(refused, guide, account)),
    ),
    refused,
  );
}

/** The site has not taken the code: say what may be wrong, with the clock as it is now, and lead there. */
async function tellWhatNext(area, guide, account) {
  const clock = await measureOffset(state.key);
  const told = notice(
    "odd",
    say("enroll.refused"),
    say("enroll.clock", { offset: sayOffset(clock) }),
    say("enroll.refused_again"),
  );
  told.tabIndex = -1;
  const setAndTell = async () => {
    await setClock();
    await tellWhatNext(area, guide, account);
  };
  // The key has the name already, so the account makes room for the new one.
  const pasteAgain = async () => {
    await state.key.ask("remove", { account: account.account });
    await restart("home");
    await go("steps", { guide, label: account.label });
  };
  fill(
    area,
    told,
    h(
      "div.stack",
      button(say("clock.set"), setAndTell),
      button(say("enroll.paste_again"), pasteAgain),
      toAccounts(),
    ),
  );
  told.focus();
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
      toAccounts(),
    ),
  );
}
