//! A key's clock in words, and setting it.
import { measureOffset, synchroniseClock } from "../link/synchronise.js";
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { state } from "../ui/state.js";
import { notice, problemNotice } from "../ui/widgets.js";
import { say, sayDay, sayDuration } from "../ui/words.js";
import { calendarLink } from "./calendar.js";

/** Offsets below this, in seconds, do not matter for a code of 30 s; from `OFF` on they do. */
const IN_STEP = 0.1;
const OFF = 2;

/** How far a key is from this computer, in words. */
export function sayOffset(seconds) {
  const size = Math.abs(seconds);
  if (size < IN_STEP) return say("clock.in_step", { ms: Math.max(1, Math.ceil(size * 1000)) });
  return say(seconds > 0 ? "clock.ahead" : "clock.behind", { time: sayDuration(size) });
}

/** What is wrong with a clock, as a notice; null while all is well. */
export async function clockWarning(info) {
  if (info.clock === "missing") return problemNotice(new Problem("errors.clock_missing"));
  if (info.clock === "lost") return notice("bad", say("clock.lost"));
  const seconds = await measureOffset(state.key);
  if (info.clock === "doubtful") return notice("odd", say("clock.doubtful"));
  return Math.abs(seconds) < OFF ? null : notice("odd", sayOffset(seconds), say("clock.codes_wrong"));
}

/** Set the clock. Returns a message about it. */
export async function setClock() {
  const left = await synchroniseClock(state.key);
  const { again } = await state.key.ask("clock");
  return say("clock.done", { offset: sayOffset(left), until: sayDay(again) });
}

/** When to set the clock again, with an entry for a calendar; nothing if it was never set. */
export function nextSetting({ again }) {
  return again > 0 && h("p", say("clock.again", { until: sayDay(again) }), calendarLink(again));
}
