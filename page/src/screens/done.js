//! The end of setup: the key is a keyboard again, and can be tried at once. A card to print says which light is which
//! account's.
import { accountLight, accountNames, sayLight } from "../parts/account_list.js";
import { nextSetting } from "../parts/clock.js";
import { nameOf } from "../rules/account.js";
import { h } from "../ui/dom.js";
import { keyDrawing } from "../ui/drawings.js";
import { restart, state } from "../ui/router.js";
import { button, notice, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export async function doneScreen() {
  const { key } = state;
  // Once it is a keyboard, it tells no program anything; and a locked one keeps its list to itself.
  const accounts = key.info.state === "open" ? await key.list() : [];
  const clock = await key.ask("clock");
  const { pin, passphrase } = key.info.state === "blank" ? {} : await key.ask("slots");
  const locks = [pin && say("done.pin"), passphrase && say("done.passphrase")].filter(Boolean);
  await key.done();
  state.key = null;
  const practice = textField(say("done.field"), { inputmode: "numeric", maxlength: 20 });
  return {
    title: say("done.title"),
    content: [
      notice("good", say("done.told"), chosenOf(accounts)),
      h("div.hero", keyDrawing("green", false)),
      h("p.lead", say("done.lead")),
      practice,
      h(
        "ul",
        [...locks, ...["press", "next", "again", "spare"].map((name) => say(`done.${name}`))].map((words) =>
          h("li", words),
        ),
      ),
      nextSetting(clock),
      accounts.length > 0 && accountCard(accounts, locks),
      h(
        "div.row",
        button(say("done.another"), () => restart("connect")),
      ),
    ],
    leave: () => (practice.input.value = ""),
  };
}

/** What a press types now, and which light tells that: “Amazon:me. Its light: 1 short (amber).” */
function chosenOf(accounts) {
  const place = accounts.findIndex(({ chosen }) => chosen);
  return place >= 0 && say("done.chosen", { name: nameOf(accounts[place]), light: sayLight(place) });
}

/** The card, and the button that prints it and nothing else. `locks`: how the key is opened, in words. */
function accountCard(accounts, locks) {
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
