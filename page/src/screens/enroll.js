//! From a new key to the first code at a site: the clock, the choice of the site, its steps up to a saved account,
//! and the code that the key types there. Then come the site's own recovery options and the end of set-up, on one
//! screen.
import { GUIDES } from "../definition.js";
import { measureOffset, synchroniseClock } from "../link/key.js";
import { goOnWith, secretForm } from "../parts/account_input.js";
import { sayOffset, setClock } from "../parts/clock.js";
import { qrInput } from "../parts/transfers.js";
import { hasSite } from "../rules/account.js";
import { Problem } from "../rules/problem.js";
import { fill, h } from "../ui/dom.js";
import { codeField, codePage, settingsPage } from "../ui/drawings.js";
import { go, restart, state } from "../ui/router.js";
import { button, notice, problemNotice, toAccounts } from "../ui/widgets.js";
import { quoteIn, say, sayGuide } from "../ui/words.js";

/** `given` keeps the result of setting the clock, for when the person comes back. */
export async function setupScreen(given) {
  given.clock ??= await firstClock();
  return {
    title: say("setup.title"),
    content: [
      given.clock,
      siteTiles(),
      h(
        "div.stack",
        button(say("setup.more"), () => go("setup_lock"), "quiet"),
      ),
    ],
  };
}

/** Set the clock. Returns nothing, or after a failure the problem with a button to try again. */
async function firstClock() {
  try {
    await synchroniseClock(state.key);
    return false;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const again = button(say("setup.set_clock"), () => restart("setup"), "main");
    return h("div", problemNotice(problem), again);
  }
}

function siteTiles() {
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

/** A code has at least that many digits, and a key types them no further apart than that, in ms. */
const DIGITS = 6;
const PAUSE = 1000;

/** Say so in `area` as long as that is on the page. `site`: where the code belongs. The digits are not kept. */
function watchForStrayCodes(area, site) {
  let count = 0;
  let last = 0;
  const heard = ({ key, target, timeStamp }) => {
    if (!area.isConnected) return document.removeEventListener("keydown", heard);
    // A person's own typing has a field.
    if (target.matches("input, textarea") || !/^[0-9]$/.test(key)) {
      count = 0;
      return;
    }
    count = timeStamp - last < PAUSE ? count + 1 : 1;
    last = timeStamp;
    if (count >= DIGITS) fill(area, notice("odd", say("enroll.stray", { site })));
  };
  document.addEventListener("keydown", heard);
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
