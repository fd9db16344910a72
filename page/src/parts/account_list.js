//! How accounts are listed: by site with a search, each with its name, and its light, which tells its number when it
//! is chosen at the key.
import { DEFINITION } from "../definition.js";
import { groupsOf, isFound, tellingLabels } from "../rules/account.js";
import { fill, h } from "../ui/dom.js";
import { announce, textField } from "../ui/widgets.js";
import { say, sayAll, sayPart } from "../ui/words.js";

const { colours, digits, long } = DEFINITION.lights;

/**
 * By account, its site and the account there. Bold is what tells it from all others. `brief`: without the sites
 * of several accounts, which stand above them.
 */
export function accountNames(accounts, brief = false) {
  const names = groupsOf(accounts).flatMap(({ site, members }) => {
    if (!site) return members.map((account) => [account, aloneName(account)]);
    const parts = tellingLabels(members.map(({ label }) => label));
    return members.map((account, place) => {
      const [before, telling, after] = parts[place];
      const label = h("span", before, h("strong", telling), after);
      return [account, brief ? label : [h("span", account.issuer), " ", label]];
    });
  });
  return new Map(names);
}

function aloneName({ issuer, label }) {
  return [h("strong", issuer || label), " ", issuer && h("span", label)];
}

/** In words, for the account at that place in the key's order, from 0: “2 short (violet)”. */
export function sayLight(place) {
  const flashes = digitsAt(place).map((digit) => sayPart("light.digits", digit));
  return say("light.said", { flashes: sayAll(flashes, " – "), colour: sayColour(place) });
}

/** Its flashes drawn in its colour, long and short. Read aloud they are words. */
export function accountLight(place) {
  const drawn = (digit) =>
    h(
      "b",
      [...digits[digit]].map((flash) => h(flash === long ? "i.long" : "i")),
    );
  const colour = colours[place % colours.length];
  const words = { role: "img", "aria-label": sayLight(place) };
  return h(`span.blinks.${colour}`, words, h("span", digitsAt(place).map(drawn)), sayColour(place));
}

/** The account that a press types is marked. */
export function chosenMark({ chosen }) {
  return chosen && h("span.chosen", say("account.is_chosen"));
}

/** An account's number as it stands in the key's order, digit by digit. */
function digitsAt(place) {
  return [...String(place + 1)].map(Number);
}

function sayColour(place) {
  return sayPart("light.colours", place % colours.length);
}

/** So many are seen at a glance. */
const FEW = 8;

/**
 * The list's `content`, and the function that `draw`s it again when `accounts` have changed. `row` makes an
 * account's entry from it, its name, and the accounts that are shown around it.
 */
export function accountList(accounts, row) {
  const many = accounts.length > FEW;
  const list = h("div");
  const nothing = h("p.lead", { hidden: true }, say("home.nothing"));
  let text = "";
  const draw = () => {
    const names = accountNames(accounts, many);
    const found = accounts.filter((account) => isFound(account, text));
    const groups = many ? groupsOf(accounts) : [{ site: "", members: accounts }];
    fill(
      list,
      groups.map(({ site, members }) => {
        const shown = members.filter((account) => found.includes(account));
        const rows = shown.map((account) => row(account, names.get(account), shown));
        const title = groups.length > 1 && h("h2", site || say("home.other"), ` (${shown.length})`);
        return rows.length > 0 && [title, h("ul.accounts", rows)];
      }),
    );
    nothing.hidden = found.length > 0;
    return found.length;
  };
  const search = textField(say("home.search"), { enterkeyhint: "search" });
  search.input.addEventListener("input", () => {
    text = search.input.value;
    announce(say("home.found", { count: draw() }));
  });
  draw();
  return { content: [many && search, list, nothing], draw };
}
