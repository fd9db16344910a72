//! A key's clock in words, setting it, and a calendar's entry for the day by which it must be set again (RFC 5545).
import { DEFINITION } from "../definition.js";
import { measureOffset, synchroniseClock } from "../link/key.js";
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { state } from "../ui/router.js";
import { notice, problemNotice } from "../ui/widgets.js";
import { say, sayDay, sayDuration } from "../ui/words.js";

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

/** A link that saves the entry as a file, which any calendar takes. `until` is in Unix seconds. */
function calendarLink(until) {
  const link = h("a", { download: "totpkey.ics", href: "#", class: "wide" }, say("clock.remind"));
  // Made when it is clicked, in the language that is chosen then.
  link.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([calendarEntry(until)], { type: "text/calendar" }));
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address));
  });
  return link;
}

function calendarEntry(until) {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    `PRODID:-//totpkey//${DEFINITION.version}//`,
    "BEGIN:VEVENT",
    `UID:${crypto.randomUUID()}`,
    `DTSTAMP:${stamp}`,
    `DTSTART;VALUE=DATE:${new Date(until * 1000).toISOString().slice(0, 10).replaceAll("-", "")}`,
    `SUMMARY:${say("clock.reminder")}`,
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return `${lines.join("\r\n")}\r\n`;
}
