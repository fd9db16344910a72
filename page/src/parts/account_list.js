//! The list of accounts. Many are shown by site, with a search.
import { groupsOf, isFound } from "../rules/sites.js";
import { announce } from "../ui/announce.js";
import { fill, h } from "../ui/dom.js";
import { textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";
import { accountNames } from "./account_light.js";

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
