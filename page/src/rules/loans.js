//! The book of what a key has lent: its loans, and who could sign in when (docs/concepts/lend-file.md).
import { DEFINITION } from "../definition.js";
import { fromUtf8, toHex } from "./bytes.js";
import { unpackEnd } from "./ends.js";
import { Problem } from "./problem.js";

const { loan: PLACES, loanSize: SIZE } = DEFINITION.lending;

/**
 * The loans in the packed bytes that a key sends, oldest first. Times are in Unix seconds, `back` is 0 for what was
 * not taken back. `renewed`: whether a later one is for the same account and card. Throws Problem.
 */
export function readLoans(packed) {
  const [loans, latest] = [[], new Map()];
  for (let at = 0; at < packed.length; ) {
    const part = (name) => packed.slice(at + PLACES[name][0], at + PLACES[name][0] + PLACES[name][1]);
    const number = (name) => part(name).reduceRight((all, byte) => 256 * all + byte, 0);
    const name = packed.slice(at + SIZE, at + SIZE + number("length"));
    if (at + SIZE > packed.length || name.length < number("length"))
      throw new Problem("bad_reply", { command: "loans" });
    const account = number("account").toString(16).padStart(8, "0");
    const [lent, back, end] = [number("lent"), number("back"), toHex(part("end"))];
    const loan = { number: number("number"), account, lent, back, end, receiver: fromUtf8(name) ?? "" };
    const whose = account + toHex(part("card"));
    if (latest.has(whose)) latest.get(whose).renewed = true;
    latest.set(whose, loan);
    loans.push(loan);
    at += SIZE + name.length;
  }
  return loans;
}

/** Whether a loan ran at some moment from `from` on and before `to`, in Unix seconds, be it outside its hours. */
export function ranIn({ lent, end, back }, from, to) {
  const { until } = unpackEnd(end);
  return Math.max(from, lent) < Math.min(to, until || to, back || to);
}
