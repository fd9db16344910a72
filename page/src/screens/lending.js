//! Lends an account to a colleague's key: their card, the end, and the file to send, with the book of what is lent;
//! and borrows one: the key's own card, and the file that comes back.
import { sayGaps, sayLent, sayLoan } from "../parts/lent_words.js";
import { handOut, sentText } from "../parts/transfers.js";
import { nameOf } from "../rules/account.js";
import { fromBase64, fromHex, randomBytes, sameBytes, toBase64, toHex } from "../rules/bytes.js";
import {
  codesOf,
  dayAfter,
  dayIn,
  digitsOf,
  fileName,
  hoursOf,
  packEnd,
  ranIn,
  readCard,
  readFile,
  untilOf,
  writeCard,
  writeFile,
  zoneHere,
  zoneOf,
} from "../rules/lending.js";
import { Problem } from "../rules/problem.js";
import { confirmed } from "../ui/dialogs.js";
import { fill, h } from "../ui/dom.js";
import { qrDrawing } from "../ui/drawings.js";
import { back, go, replace, restart, state } from "../ui/router.js";
import { at, button, form, notice, textField, toAccounts } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** For so many days an account is lent, unless the person says otherwise. */
const USUAL_DAYS = 90;
/** What was entered, for the next colleague, as long as this page is open. */
const kept = {};

export async function lendScreen({ account }) {
  await state.key.checkExport();
  const use = async (text) => go("lend_end", { account, card: await readCard(text) });
  return {
    title: say("account.lend"),
    content: [h("p.lead", say("lend.lead")), sentText(say("lend.card"), say("next"), use), await loanList()],
  };
}

export async function lendEndScreen({ account, card }) {
  kept.day ??= dayIn(USUAL_DAYS);
  kept.lender ??= (await ownCard())?.name;
  const fields = endFields();
  const lender = textField(say("borrow.name"), { kept: [kept, "lender"] });
  const lend = async () => {
    const named = { end: fields.take(), lender: nameIn(lender) };
    const given = { account: account.account, card: toHex(card.public), receiver: card.name, ...named };
    const { sealed } = await state.key.ask("lend", given);
    const text = await writeFile({ card: card.public, sealed: fromBase64(sealed) });
    await replace("lent", { text, to: card.name, end: given.end });
  };
  return {
    title: say("lend.title", { to: card.name }),
    content: [
      h("p.lead", nameOf(account)),
      h("p", say("lend.compare", { to: card.name })),
      h("p.compared", await digitsOf(card)),
      form(say("lend.button"), lend, lender, fields.content),
    ],
  };
}

/** Fields for an end; `take()` returns it as the key takes it. Throws Problem, at the field that is wrong. */
function endFields() {
  const [today, zone] = [dayIn(0), zoneHere()];
  const day = textField(say("lend.day"), { type: "date", min: today, kept: [kept, "day"] });
  const codes = textField(say("lend.codes"), { inputmode: "numeric", kept: [kept, "codes"] });
  const from = textField(say("lend.from"), { type: "time", kept: [kept, "from"] });
  const to = textField(say("lend.to"), { type: "time", kept: [kept, "to"] });
  const take = () => {
    const until = read(day, untilOf);
    const count = read(codes, codesOf);
    const hours = read(from, (begins) => hoursOf(begins, to.input.value));
    if (!until && count === null && hours.begins === hours.ends) throw at(day, new Problem("lend_endless"));
    return packEnd({ until, codes: count, ...hours, zone });
  };
  const hours = h(
    "fieldset",
    h("legend", say("lend.hours", { zone: zoneOf(zone) })),
    h("div.pair", from, to),
  );
  const open = ["codes", "from", "to"].some((name) => kept[name]);
  return { take, content: [day, h("details", { open }, h("summary", say("lend.more")), codes, hours)] };
}

function read(field, from) {
  try {
    return from(field.input.value);
  } catch (problem) {
    throw at(field, problem);
  }
}

/** The file is made. The download begins by itself; whoever loses it lends once more. */
export function lentScreen({ text, to, end }) {
  const file = handOut(text, fileName("lend", to));
  return {
    title: say("lend.send", { to }),
    content: [
      file.content,
      h("p.lead", sayLent({ lender: "", end })),
      h("p", say("lend.once", { to })),
      h("div.stack", button(say("lend.another"), back), toAccounts("main")),
    ],
    shown: file.save,
    leave: file.end,
  };
}

/** Nothing if the key has never lent any. */
async function loanList() {
  const book = await state.key.loans();
  if (!book.loans.length && !book.lost) return null;
  const list = h("ul", { "aria-live": "polite" });
  const day = textField(say("loans.day"), { type: "date" });
  const isOn = (loan, on) => !on || ranIn(loan, dayAfter(on, 0), dayAfter(on, 1));
  const draw = () => {
    const shown = book.loans.filter((loan) => isOn(loan, day.input.value));
    fill(list, shown.length ? shown.map(loanRow) : h("li", say("loans.nobody")));
  };
  day.input.addEventListener("input", draw);
  draw();
  const gaps = sayGaps(book).map((gap) => notice("odd", gap));
  return h("section.sheet", h("h2", say("loans.title")), day, list, h("p.hint", say("loans.yourself")), gaps);
}

function loanRow(loan) {
  const noteBack = async () => {
    await state.key.ask("loan_back", { loan: loan.number });
    await restart("home", { done: say("loans.noted") });
  };
  return h("li", sayLoan(loan), !loan.back && !loan.renewed && button(say("loans.note"), noteBack));
}

/** `anew`: make a card although the key has one. */
export async function borrowScreen({ anew = false }) {
  const card = anew ? null : await ownCard();
  return card ? withCard(card) : { title: say("home.borrow"), content: makingCard() };
}

function makingCard() {
  const field = textField(say("borrow.name"));
  const make = async () => {
    await state.key.ask("make_card", { name: nameIn(field), random: toHex(randomBytes(32)) });
    await replace("borrow");
  };
  return [h("p.lead", say("borrow.lead")), form(say("borrow.make"), make, field)];
}

async function withCard(card) {
  const text = await writeCard(card);
  const handed = handOut(text, fileName("card", card.name));
  const anew = async () => {
    const asked = { agree: say("borrow.anew"), detail: say("borrow.anew_detail") };
    if (await confirmed(say("borrow.anew_question"), asked)) await replace("borrow", { anew: true });
  };
  return {
    title: say("home.borrow"),
    content: [
      h("h2", say("borrow.first", { name: card.name })),
      h(
        "div.beside",
        h("div.qr", { role: "img", "aria-label": say("borrow.picture") }, qrDrawing(text)),
        handed.content,
      ),
      h("p", say("borrow.words")),
      h("p.compared", await digitsOf(card)),
      h("h2", say("borrow.second")),
      sentText(say("borrow.file"), say("borrow.button"), (sent) => accept(card, sent)),
      h("div.stack", button(say("borrow.anew"), anew, "quiet")),
    ],
    leave: handed.end,
  };
}

/** Have the key open a file. Throws Problem, Refused. */
async function accept(card, text) {
  const file = await readFile(text);
  if (!sameBytes(file.card, card.public)) throw new Problem("file_other");
  const given = { sealed: toBase64(file.sealed) };
  const { account: id } = await state.key.ask("accept", given);
  const account = (await state.key.list()).find(({ account }) => account === id);
  const values = { name: nameOf(account), lent: sayLent(account) };
  await restart("home", { done: say("borrow.done", values) });
}

/** Its `name` and `public` half; null if it has none yet. */
async function ownCard() {
  try {
    const { name, public: point } = await state.key.ask("card");
    return { name, public: fromHex(point) };
  } catch (refused) {
    if (refused.code === "not_found") return null;
    throw refused;
  }
}

/** The name in a field, as a key takes it. Throws Problem, at the field. */
export function nameIn(field) {
  const name = field.input.value.trim();
  if (!name) throw at(field, new Problem("lend_nameless"));
  return name;
}
