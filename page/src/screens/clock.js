//! The key's clock: its error, how long that is acceptable, and setting it.
import { DEFINITION } from "../definition.js";
import { measureOffset } from "../link/synchronise.js";
import { clockWarning, nextSetting, sayOffset, setClock } from "../parts/clock.js";
import { h } from "../ui/dom.js";
import { replace, state } from "../ui/router.js";
import { button } from "../ui/widgets.js";
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
      runs && nextSetting(clock),
      clock.first > 0 && h("p", say("clock.first", { moment: sayMoment(clock.first) })),
      driftOf(clock),
      info.clock !== "missing" && button(say("clock.set"), set, "main"),
      h("p.hint", say("clock.trust")),
    ],
  };
}

/** A clock's possible error now, and for how long that is acceptable. */
function budget({ set, until, off }) {
  if (!set) return h("p", say("clock.never"));
  const values = { off: sayDuration(off / 1000), most: DEFINITION.limits.BUDGET, until: sayDay(until) };
  return h("p", say(until * 1000 < Date.now() ? "clock.over" : "clock.budget", values));
}

/** The drift of the clock's chip, whose correction is in ppb: so many seconds in 365.25 days. */
function driftOf({ chip, added }) {
  if (!added) return null;
  const time = sayDuration(Math.round(Math.abs(added) * 0.0315576));
  return h("p", say(added < 0 ? "clock.gains" : "clock.loses", { chip, time }));
}
