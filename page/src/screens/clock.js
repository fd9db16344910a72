//! The key's clock: its error, how long that is acceptable, and setting it.
import { measureOffset } from "../link/synchronise.js";
import { calendarLink } from "../parts/calendar.js";
import { clockWarning, MOST_OFF, sayOffset, setClock } from "../parts/clock_words.js";
import { h } from "../ui/dom.js";
import { replace } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, notice } from "../ui/widgets.js";
import { say, sayDay, sayDuration, sayMoment } from "../ui/words.js";

export async function clockScreen() {
  const set = async () => replace("clock", { done: await setClock() });
  const info = await state.key.refresh();
  const runs = ["trusted", "doubtful"].includes(info.clock);
  const clock = await state.key.ask("clock");
  return {
    title: say("clock.title"),
    content: [
      runs ? h("p.lead", sayOffset(await measureOffset(state.key))) : await clockWarning(info),
      runs && budget(clock),
      runs && clock.set && clock.until > Date.now() / 1000 && calendarLink(clock.until),
      clock.first > 0 && h("p", say("clock.first", { moment: sayMoment(clock.first) })),
      clock.intervals > 0 && driftOf(clock),
      info.clock !== "missing" && button(say("clock.set"), set, "main"),
      h("p.hint", say("clock.trust")),
    ],
  };
}

/** A clock's possible error now, and for how long that is acceptable. */
function budget({ set, until, off }) {
  if (!set) return h("p", say("clock.never"));
  if (until <= Date.now() / 1000) return notice("odd", say("clock.over", { most: MOST_OFF }));
  const values = { off: sayDuration(off / 1000), most: MOST_OFF, until: sayDay(until) };
  return h("p", say("clock.budget", values));
}

/** The drift of the clock's chip. */
function driftOf({ chip, register, added }) {
  const ppb = -(register + added);
  if (!ppb) return null;
  const aYear = Math.round(Math.abs(ppb) * 1e-9 * 365.25 * 86400);
  return h("p", say(ppb > 0 ? "clock.gains" : "clock.loses", { chip, time: sayDuration(aYear) }));
}
