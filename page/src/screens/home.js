// The accounts on the key, and the way to everything else.
import { nameOf } from "../rules/account.js";
import { addScreen, refuseDuplicate } from "./add.js";
import { backupScreen } from "./backup.js";
import { checkScreen } from "./check.js";
import { clockScreen, clockWarning } from "./clock.js";
import { DEFINITION } from "../definition.js";
import { fill, h } from "../ui/dom.js";
import { doneScreen } from "./done.js";
import { sitesScreen } from "./enroll.js";
import { looksSecret } from "../rules/key_uri.js";
import { locksScreen } from "./locks.js";
import { Problem } from "../rules/problem.js";
import { restoreScreen } from "./restore.js";
import { announce, attempt, button, confirmed, form, notice, show, stage, textField, touching } from "../ui/app.js";
import { say, sayMoment } from "../ui/words.js";

export async function home(done = null) {
  const told = await stage.key.refresh();
  const accounts = (await stage.key.list()).map(asShown);
  const warning = await clockWarning(told);
  const list = h("ul.accounts", );
  drawAccounts(list, accounts);
  show(
    say("home.title"),
    {},
    done && notice("good", done),
    warning,
    accounts.length ? list : h("p.lead", say("home.empty")),
    h(
      "div.stack",
      button(say("home.enroll"), sitesScreen, "main"),
      button(say("home.add"), () => addScreen(home)),
    ),
    h("nav.tiles", { "aria-label": say("home.more") }, tiles()),
    button(say("home.done"), doneScreen, "wide"),
    h("p.hint", DEFINITION.boards[told.board] || told.board, " · ", told.key),
  );
  if (done) announce(done);
}

function tiles() {
  const screens = {
    backup: backupScreen,
    restore: () => restoreScreen(home),
    lock: () => locksScreen(),
    clock: () => clockScreen(),
    check: checkScreen,
  };
  return Object.entries(screens).map(([name, screen]) => button(say("home." + name), screen));
}

/** One that the key's flash has lost has a name of the protocol's: it gets one in the reader's language, and a type. */
function asShown(account) {
  return nameOf(account) === DEFINITION.unreadable ? { ...account, label: say("account.lost_name"), type: "lost" } : account;
}

function drawAccounts(list, accounts, open = "") {
  fill(list, accounts.map((account, index) => row(list, accounts, account, index, account.account === open)));
}

function row(list, accounts, account, index, open) {
  // All that can be done with one that is lost is to remove it.
  const usable = account.type !== "lost";
  const about = h("p.hint", );
  const more = h(
    "details",
    { open },
    h("summary", h("strong", account.issuer || account.label), " ", account.issuer && h("span", account.label)),
    h("p.hint", kindOf(account)),
    about,
    h(
      "div.row",
      usable && button(say("account.choose"), () => choose(account)),
      usable && button(say("account.rename"), () => renameScreen(account)),
      index > 0 && button(say("account.up"), () => move(list, accounts, index, index - 1)),
      index < accounts.length - 1 && button(say("account.down"), () => move(list, accounts, index, index + 1)),
      button(say("account.remove"), () => remove(account), "danger"),
    ),
  );
  const tellUses = async () => {
    const { count, last } = await stage.key.ask("uses", { account: account.account });
    fill(about, last ? say("account.used", { count, last: sayMoment(last) }) : say("account.unused"));
  };
  more.addEventListener("toggle", () => more.open && !about.textContent && attempt(more, tellUses));
  return h("li", more);
}

function kindOf({ type, digits, period, algorithm, counter }) {
  return say("account." + type, { digits, period, algorithm, counter });
}

async function choose(account) {
  await stage.key.ask("choose", { account: account.account });
  await home(say("account.chosen", { name: nameOf(account) }));
}

async function move(list, accounts, from, to) {
  const moved = accounts[from];
  await stage.key.move(moved.account, to);
  accounts.splice(to, 0, ...accounts.splice(from, 1));
  drawAccounts(list, accounts, moved.account);
  list.children[to].querySelector("summary").focus();
  announce(say("account.moved", { name: nameOf(moved), place: to + 1 }));
}

function renameScreen(account) {
  const issuer = textField(say("add.issuer"), { value: account.issuer });
  const label = textField(say("add.label"), { value: account.label });
  const rename = async () => {
    const named = { issuer: issuer.input.value.trim(), label: label.input.value.trim() };
    if (looksSecret(nameOf(named))) throw new Problem("name_secret");
    await refuseDuplicate(named, account.account);
    await stage.key.ask("rename", { account: account.account, ...named });
    await home(say("account.renamed", { name: nameOf(named) }));
  };
  show(say("account.rename"), { back: home }, form(say("save"), rename, issuer, label));
}

async function remove(account) {
  const name = nameOf(account);
  if (!(await confirmed(say("account.remove_question", { name }), say("account.remove"), say("account.remove_detail")))) {
    return;
  }
  await touching(say("touch.remove", { name }), () => stage.key.ask("remove", { account: account.account }));
  await home(say("account.removed", { name }));
}
