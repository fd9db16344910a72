//! The accounts on the key, one's code and its name, and the way to everything else.
import { DEFINITION } from "../definition.js";
import { checkedName, nameFields } from "../parts/account_input.js";
import { accountLight, accountList, chosenMark } from "../parts/account_list.js";
import { clockWarning, setClock } from "../parts/clock.js";
import { sayLent, sayOver } from "../parts/lent_words.js";
import { nameOf } from "../rules/account.js";
import { confirmed } from "../ui/dialogs.js";
import { fill, h, s } from "../ui/dom.js";
import { go, replace, restart, state } from "../ui/router.js";
import { announce, attempt, button, form, notice } from "../ui/widgets.js";
import { say, sayMoment } from "../ui/words.js";

/** What a press types where Enter follows the code. */
const WITH_ENTER = "{code}{ENTER}";
/** Screens beside that for accounts. */
const MORE = ["backup", "restore", "copy", "borrow", "lock", "clock", "check"];

export async function homeScreen() {
  const info = await state.key.refresh();
  const accounts = (await state.key.list()).map(asShown);
  const warning = await clockWarning(info);
  const view = { accounts, open: "" };
  const list = accountList(accounts, (...entry) => row(view, ...entry));
  view.draw = list.draw;
  const content = [
    warning,
    warning && info.clock !== "missing" && button(say("clock.set"), setClockHere, "main"),
    accounts.length ? list.content : h("p.lead", say("home.empty")),
    h(
      "div.stack",
      button(say("home.enroll"), () => go("sites"), "main"),
      button(say("home.add"), () => go("add")),
    ),
    h(
      "nav.tiles",
      { "aria-label": say("home.more") },
      MORE.map((name) => button(say(`home.${name}`), () => go(name))),
    ),
    button(say("home.done"), () => restart("done"), "wide"),
    h("p.hint", DEFINITION.boards[info.board] || info.board, " · ", info.key),
  ];
  return { title: say("home.title"), content };
}

async function setClockHere() {
  await restart("home", { done: await setClock() });
}

/** A lost account has the protocol's name. It gets one in the reader's language, and a type. */
function asShown(account) {
  const lost = nameOf(account) === DEFINITION.unreadable;
  return lost ? { ...account, label: say("account.lost_name"), type: "lost" } : account;
}

/** `view`: the list as it is shown, with the id of the account whose details are open. */
function row(view, account, name, around) {
  const uses = h("p.hint");
  const details = h(
    "details",
    { open: account.account === view.open },
    h(
      "summary",
      h("span.name", name),
      chosenMark(account),
      accountLight(view.accounts.indexOf(account)),
      account.end && h("small.lent", sayLent(account)),
    ),
    account.over && notice("odd", sayOver(account)),
    h("p.hint", kindOf(account)),
    uses,
    h("div.row", actions(view, account, around)),
  );
  const showUses = async () => {
    const { count, last } = await state.key.ask("uses", { account: account.account });
    fill(uses, last ? sayUses(count, last) : say("account.unused"));
  };
  details.addEventListener("toggle", () => details.open && !uses.textContent && attempt(details, showUses));
  return h("li", details);
}

function sayUses(count, last) {
  return say(count === 1 ? "account.used_once" : "account.used", { count, last: sayMoment(last) });
}

function actions(view, account, around) {
  // A lost account can only be removed.
  const usable = account.type !== "lost";
  // What has an end is not the key's to lend, and two keys cannot share a counter.
  const lendable = usable && !account.end && account.type !== "hotp";
  const place = around.indexOf(account);
  const [above, below] = [around[place - 1], around[place + 1]];
  return [
    usable && !account.chosen && button(say("account.choose"), () => choose(account)),
    usable && button(say("account.code"), () => go("code", { account })),
    ["", WITH_ENTER].includes(account.recipe) && usable && enterButton(account),
    lendable && button(say("account.lend"), () => go("lend", { account })),
    usable && button(say("account.rename"), () => go("rename", { account })),
    above && button(say("account.up"), () => move(view, account, above)),
    below && button(say("account.down"), () => move(view, account, below)),
    button(say("account.remove"), () => remove(account), "danger"),
  ];
}

function kindOf({ type, digits, period, algorithm, counter }) {
  return say(`account.${type}`, { digits, period, algorithm, counter });
}

/** Whether the key presses Enter behind the code: a change of what it types. */
function enterButton(account) {
  const on = account.recipe === WITH_ENTER;
  return button(say(on ? "account.enter_off" : "account.enter_on"), async () => {
    const recipe = on ? "" : WITH_ENTER;
    await state.key.ask("recipe", { account: account.account, recipe });
    const done = say(on ? "account.enter_is_off" : "account.enter_is_on", { name: nameOf(account) });
    await restart("home", { done });
  });
}

async function choose(account) {
  await state.key.ask("choose", { account: account.account });
  await restart("home");
}

/** Move an account to the place of another. */
async function move(view, account, other) {
  const { accounts } = view;
  const [from, to] = [accounts.indexOf(account), accounts.indexOf(other)];
  await state.key.ask("move", { account: account.account, position: to });
  accounts.splice(to, 0, ...accounts.splice(from, 1));
  view.open = account.account;
  view.draw();
  document.querySelector(".accounts details[open] summary").focus();
  announce(say("account.moved", { name: nameOf(account), place: to + 1 }));
}

async function remove(account) {
  const name = nameOf(account);
  const question = say("account.remove_question", { name });
  if (!(await confirmed(question, { agree: say("account.remove"), detail: say("account.remove_detail") })))
    return;
  await state.key.ask("remove", { account: account.account });
  await restart("home", { done: say("account.removed", { name }) });
}

export async function codeScreen({ account }) {
  const { code, time } = await state.key.ask("code", { account: account.account });
  const left = account.type === "hotp" ? 0 : account.period - (time % account.period);
  const shown = h("output", { class: "code" }, code);
  const over = h("p", { hidden: true, role: "status" }, say("account.code_over"));
  const again = button(say("account.code_next"), () => replace("code", { account }));
  let timer = 0;
  const end = () => {
    shown.textContent = "";
    over.hidden = false;
  };
  return {
    fleeting: true,
    title: nameOf(account),
    content: [h("p", { class: "codes" }, shown, left > 0 && ring(left)), over, h("div.row", again)],
    shown: () => {
      if (left) timer = setTimeout(end, left * 1000);
    },
    leave: () => {
      clearTimeout(timer);
      shown.textContent = "";
    },
  };
}

/** A ring that is gone after so many seconds. */
function ring(seconds) {
  const circle = s("circle", { cx: 12, cy: 12, r: 9, pathLength: 1, class: "left-of-code" });
  circle.style.animationDuration = `${seconds}s`;
  return s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, circle);
}

export function renameScreen({ account }) {
  const fields = nameFields(account);
  const rename = async () => {
    const named = await checkedName(fields, { but: account.account });
    await state.key.ask("rename", { account: account.account, ...named });
    await restart("home", { done: say("account.renamed", { name: nameOf(named) }) });
  };
  return { title: say("account.rename"), content: form(say("save"), rename, Object.values(fields)) };
}
