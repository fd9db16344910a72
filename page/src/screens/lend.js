//! Lends an account to a colleague's key: their card, the end, and the file to send.
import { handOut } from "../parts/hand_out.js";
import { sayLent } from "../parts/lent_words.js";
import { loanList } from "../parts/loan_list.js";
import { nameIn, ownCard } from "../parts/own_card.js";
import { sentText } from "../parts/sent_text.js";
import { nameOf } from "../rules/account.js";
import { fromBase64, toHex } from "../rules/bytes.js";
import { codesOf, dayIn, hoursOf, packEnd, untilOf, zoneHere, zoneOf } from "../rules/ends.js";
import { digitsOf, fileName, readCard, writeFile } from "../rules/lending.js";
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { back, go, replace } from "../ui/router.js";
import { state } from "../ui/state.js";
import { at, button, form, textField, toAccounts } from "../ui/widgets.js";
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
