//! A card to print: which light is which account's, and what the button does. It holds no secret.
import { h } from "../ui/dom.js";
import { button } from "../ui/widgets.js";
import { say } from "../ui/words.js";
import { accountLight, accountNames } from "./account_light.js";

/** The card, and the button that prints it and nothing else. `locks`: how the key is opened, in words. */
export function accountCard(accounts, locks) {
  const names = accountNames(accounts);
  const rows = accounts.map((account, place) =>
    h("tr", h("th", { scope: "row" }, names.get(account)), h("td", accountLight(place))),
  );
  const card = h(
    "section.sheet",
    h("h2", say("card.title")),
    h("table", h("tbody", rows)),
    [...locks, say("card.use")].map((words) => h("p.hint", words)),
  );
  return [
    card,
    h(
      "div.row",
      button(say("card.print"), () => print()),
    ),
  ];
}
