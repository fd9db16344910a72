// Being led through a site's enrolment: which page to open, what to click, and the first code.
import { nameOf } from "../rules/account.js";
import { secretForm, takeTexts } from "./add.js";
import { codeField, codePage, settingsPage } from "../ui/drawings.js";
import { h } from "../ui/dom.js";
import { GUIDES } from "../definition.js";
import { home } from "./home.js";
import { lookFor } from "../parts/qr_input.js";
import { button, choice, form, notice, show, stage } from "../ui/app.js";
import { quoteIn, say, sayGuide } from "../ui/words.js";

export function sitesScreen() {
  const options = GUIDES.map((recipe) => ({ value: recipe.id, title: sayGuide(recipe.site) }));
  const site = choice(say("enroll.site"), options, GUIDES[0].id);
  const next = () => waysScreen(GUIDES.find((recipe) => recipe.id === site.value()));
  show(say("enroll.title"), { back: home }, form(say("next"), next, site));
}

function waysScreen(recipe) {
  const numbered = (list) => list.map(({ name }, index) => ({ value: String(index), title: sayGuide(name) }));
  const path = recipe.paths.length ? choice(say("enroll.path"), numbered(recipe.paths), "0") : null;
  const way = choice(say("enroll.way"), numbered(recipe.ways), "0");
  const next = () => stepsScreen(recipe, recipe.paths[path?.value() ?? -1], recipe.ways[way.value()]);
  show(sayGuide(recipe.site), { back: sitesScreen }, form(say("next"), next, path, way));
}

function stepsScreen(recipe, path, way) {
  const back = () => waysScreen(recipe);
  const saved = (account, added) => typeScreen(recipe, account, added);
  const again = () => stepsScreen(recipe, path, way);
  const ontexts = (texts) => takeTexts(texts, again, saved, recipe.issuer);
  const steps = [...(path ? path.steps : []), ...recipe.start, ...way.steps];
  const pasted = way.takes === "key";
  show(
    sayGuide(recipe.site),
    { back },
    recipe.page && h("p", outward(recipe.page)),
    h("ol.steps", steps.map((step) => h("li", sayGuide(step, { page: recipe.page }), picture(recipe, way, step)))),
    h("h2", say(pasted ? "enroll.paste" : "enroll.show")),
    pasted ? secretForm((text) => ontexts([text])) : lookFor(ontexts),
  );
}

/** A link that opens beside this page and tells the site nothing of it. */
function outward(address) {
  const properties = { href: address, target: "_blank", rel: "noopener noreferrer", class: "outward" };
  return h("a", properties, say("enroll.open", { page: new URL(address).host }), " ↗");
}

/** What a step looks like on the site. */
function picture(recipe, way, step) {
  if (quoteIn(step, 1) === "Login settings") return settingsPage(say("enroll.settings_picture"));
  if (step !== way.steps[0]) return null;
  const link = quoteIn(step, 0) || "Can't scan?";
  return codePage(link, way.takes === "key", say(way.takes === "key" ? "enroll.link_picture" : "enroll.code_picture"));
}

/** The key types its first code into the site's page. */
async function typeScreen(recipe, account, added) {
  await stage.key.ask("choose", { account: added.account });
  const finish = sayGuide(recipe.finish);
  const problem = h("div", { hidden: true }, notice("odd", say("enroll.refused"), say("enroll.refused_again")));
  show(
    say("enroll.type"),
    {},
    notice("good", say("add.saved", { name: nameOf(account) })),
    codeField(quoteIn(recipe.finish, 0) || "OK", say("enroll.type_picture")),
    h("ol.steps", ["click", "press"].map((name) => h("li", say("enroll." + name))), h("li", say("enroll.finish", { finish }))),
    h("h2", say("enroll.accepted")),
    h("div.row", button(say("yes"), () => remindersScreen(recipe), "main"), button(say("no"), () => (problem.hidden = false))),
    problem,
  );
}

/** The site's own ways back in. */
function remindersScreen(recipe) {
  show(
    say("enroll.before"),
    {},
    h("ul.steps", recipe.backup.map((reminder) => h("li", sayGuide(reminder)))),
    button(say("enroll.finished"), () => home(), "main"),
  );
}
