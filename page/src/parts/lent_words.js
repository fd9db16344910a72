//! An account that is lent, in words: by whom, until when, and why it gives no code.
import { clockOf, unpackEnd, zoneOf } from "../rules/lending.js";
import { say, sayAll, sayDay, sayMoment } from "../ui/words.js";

const DAY = 1440;

/** “lent by Berlin until 28 February 2027, 5 codes left”, of an account that has an end. */
export function sayLent({ lender, end }) {
  const { until, codes, begins, ends, zone } = unpackEnd(end);
  const who = `account.lent${lender ? "_by" : ""}`;
  const hours = { from: clockOf(begins), to: clockOf(ends || DAY), zone: zoneOf(zone) };
  // Beside hours, which are those of the end's zone, a moment is told in that zone, too.
  const ahead = begins === ends ? 0 : 60 * (zone + new Date(until * 1000).getTimezoneOffset());
  const parts = [
    until ? say(`${who}_until`, { lender, until: sayEndOf(until + ahead) }) : say(who, { lender }),
    codes !== null && say("account.codes_left", { count: codes }),
    begins !== ends && say("account.hours", hours),
  ];
  return sayAll(parts.filter(Boolean), say("account.and"));
}

/** A loan in the book: of which account, to whom, since when and until when, and how it stands. */
export function sayLoan(loan) {
  const { until } = unpackEnd(loan.end);
  const over = until > 0 && until * 1000 <= Date.now();
  const how = loan.back ? "back" : over ? "over" : loan.renewed ? "renewed" : "runs";
  return say(`loans.${how}`, {
    name: loan.name,
    to: loan.receiver,
    lent: sayMoment(loan.lent),
    end: sayLent({ lender: "", end: loan.end }),
    back: sayMoment(loan.back),
  });
}

/** What the book does not have any more. */
export function sayGaps({ lost, gone }) {
  return [lost && say("loans.lost"), gone > 0 && say("loans.gone", { count: gone })].filter(Boolean);
}

/** A moment; at the end of a day, that day. */
function sayEndOf(until) {
  const midnight = new Date(until * 1000).toTimeString().startsWith("00:00:00");
  return midnight ? sayDay(until - 1) : sayMoment(until);
}

/** Why it gives no code now. */
export function sayOver({ over }) {
  return say(`account.over_${over}`);
}
