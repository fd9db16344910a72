//! How an account is listed: its name, and its light, which tells its number when it is chosen at the key.
import { DEFINITION } from "../definition.js";
import { groupsOf, tellingLabels } from "../rules/sites.js";
import { h } from "../ui/dom.js";
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
