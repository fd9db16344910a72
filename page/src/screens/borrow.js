//! Borrows an account: the key's card for whoever lends, and the file that comes back.
import { handOut } from "../parts/hand_out.js";
import { sayLent } from "../parts/lent_words.js";
import { nameIn, ownCard } from "../parts/own_card.js";
import { sentText } from "../parts/sent_text.js";
import { nameOf } from "../rules/account.js";
import { randomBytes, sameBytes, toBase64, toHex } from "../rules/bytes.js";
import { digitsOf, fileName, readFile, writeCard } from "../rules/lending.js";
import { Problem } from "../rules/problem.js";
import { confirmed } from "../ui/dialogs.js";
import { h } from "../ui/dom.js";
import { qrDrawing } from "../ui/qr_drawing.js";
import { replace, restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, form, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

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
