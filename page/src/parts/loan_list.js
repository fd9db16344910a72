//! What the key has lent, who could sign in on a day, and what was taken back.
import { dayAfter } from "../rules/ends.js";
import { ranIn } from "../rules/loans.js";
import { fill, h } from "../ui/dom.js";
import { restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, notice, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";
import { sayGaps, sayLoan } from "./lent_words.js";

/** Nothing if the key has never lent any. */
export async function loanList() {
  const book = await state.key.loans();
  if (!book.loans.length && !book.lost) return null;
  const list = h("ul", { "aria-live": "polite" });
  const day = textField(say("loans.day"), { type: "date" });
  const isOn = (loan, on) => !on || ranIn(loan, dayAfter(on, 0), dayAfter(on, 1));
  const draw = () => {
    const shown = book.loans.filter((loan) => isOn(loan, day.input.value));
    fill(list, shown.length ? shown.map(row) : h("li", say("loans.nobody")));
  };
  day.input.addEventListener("input", draw);
  draw();
  const gaps = sayGaps(book).map((gap) => notice("odd", gap));
  return h("section.sheet", h("h2", say("loans.title")), day, list, h("p.hint", say("loans.yourself")), gaps);
}

function row(loan) {
  const noteBack = async () => {
    await state.key.ask("loan_back", { loan: loan.number });
    await restart("home", { done: say("loans.noted") });
  };
  return h("li", sayLoan(loan), !loan.back && !loan.renewed && button(say("loans.note"), noteBack));
}
