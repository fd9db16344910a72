// The key's clock: how far off it is, how long it will do, and setting it.
import { measureOffset, synchroniseClock } from "../link/synchronise.js";
import { DEFINITION } from "../definition.js";
import { h } from "../ui/dom.js";
import { home } from "./home.js";
import { announce, button, notice, problemNotice, show, stage, touching } from "../ui/app.js";
import { Problem } from "../rules/problem.js";
import { say, sayDay, sayDuration } from "../ui/words.js";

/** Offsets below this, in seconds, are as good as none to a code of 30 s; from `OFF` on it matters. */
const IN_STEP = 0.1;
const OFF = 2;

/** How far a key is from this computer, in words. */
export function sayOffset(seconds) {
  if (Math.abs(seconds) < IN_STEP) return say("clock.in_step", { ms: Math.max(1, Math.ceil(Math.abs(seconds) * 1000)) });
  return say(seconds > 0 ? "clock.ahead" : "clock.behind", { time: sayDuration(Math.abs(seconds)) });
}

/** What is to be said about a clock on the first screen; null while all is well. */
export async function clockWarning(told) {
  const set = button(say("clock.set"), setClock, "main");
  if (told.clock === "missing") return problemNotice(new Problem("errors.clock_missing"));
  if (told.clock === "lost") return [notice("bad", say("clock.lost")), set];
  const seconds = await measureOffset(stage.key);
  if (told.clock === "doubtful") return [notice("odd", say("clock.doubtful")), set];
  return Math.abs(seconds) < OFF ? null : [notice("odd", sayOffset(seconds), say("clock.codes_wrong")), set];
}

export async function clockScreen(done = null) {
  const told = await stage.key.refresh();
  const known = ["trusted", "doubtful"].includes(told.clock);
  const clock = await stage.key.ask("clock");
  show(
    say("clock.title"),
    { back: home },
    done && notice("good", done),
    known ? h("p.lead", sayOffset(await measureOffset(stage.key))) : await clockWarning(told),
    known && budget(clock),
    clock.intervals > 0 && driftOf(clock),
    told.clock !== "missing" && button(say("clock.set"), setClock, "main"),
    h("p.hint", say("clock.trust")),
  );
}

/** Set it, and show the clock's screen. */
async function setClock() {
  const left = await touching(say("touch.clock"), () => synchroniseClock(stage.key));
  const done = say("clock.done", { offset: sayOffset(left) });
  await clockScreen(done);
  announce(done);
}

/** How far off a clock may be now, and how long that will do. */
function budget(clock) {
  const most = DEFINITION.limits.BUDGET;
  if (!clock.set) return h("p", say("clock.never"));
  if (clock.until <= Date.now() / 1000) return notice("odd", say("clock.over", { most }));
  return h("p", say("clock.budget", { off: sayDuration(clock.off / 1000), most, until: sayDay(clock.until) }));
}

/** What the clock's chip does by itself. */
function driftOf(clock) {
  const ppb = -(clock.register + clock.added);
  if (!ppb) return null;
  const aYear = Math.round(Math.abs(ppb) * 1e-9 * 365.25 * 86400);
  return h("p", say(ppb > 0 ? "clock.gains" : "clock.loses", { chip: clock.chip, time: sayDuration(aYear) }));
}
