//! The end of an account that is lent: a date, a number of codes, hours of the day (docs/concepts/lending.md).
//! `{until, codes, begins, ends, zone}`: Unix seconds, 0 for none; null for any number; minutes of the day, equal
//! for all day; their offset from UTC in minutes.
import { DEFINITION } from "../definition.js";
import { fromHex, toHex } from "./bytes.js";
import { Problem } from "./problem.js";

const { end: PLACES, endSize: SIZE, uncounted: UNCOUNTED } = DEFINITION.record;
const { CODES_MOST, TIME_MOST } = DEFINITION.limits;

/** As the key takes it, in hexadecimal. */
export function packEnd({ until, codes, begins, ends, zone }) {
  const view = new DataView(new ArrayBuffer(SIZE));
  view.setUint32(PLACES.until[0], until, true);
  const short = { codes: codes ?? UNCOUNTED, begins, ends, zone };
  for (const [name, value] of Object.entries(short)) view.setInt16(PLACES[name][0], value, true);
  return toHex(new Uint8Array(view.buffer));
}

/** The end in an entry of `list`. */
export function unpackEnd(text) {
  const view = new DataView(fromHex(text).buffer);
  const short = (name) => view.getUint16(PLACES[name][0], true);
  const codes = short("codes");
  return {
    until: view.getUint32(PLACES.until[0], true),
    codes: codes === UNCOUNTED ? null : codes,
    begins: short("begins"),
    ends: short("ends"),
    zone: view.getInt16(PLACES.zone[0], true),
  };
}

/** When the day begins that is so many days after one of a date field, in this computer's time. */
export function dayAfter(day, days) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + days).getTime() / 1000;
}

/** The end of a day, as a date field gives it, in this computer's time; 0 without one. Throws Problem. */
export function untilOf(day, now = Date.now()) {
  if (!day) return 0;
  const until = dayAfter(day, 1);
  if (!(until * 1000 > now && until <= TIME_MOST)) throw new Problem("lend_day");
  return until;
}

/** A number of codes, from a field; null without one. Throws Problem. */
export function codesOf(text) {
  if (!text.trim()) return null;
  const codes = Number(text);
  if (!Number.isInteger(codes) || codes < 1 || codes > CODES_MOST)
    throw new Problem("lend_codes", { most: CODES_MOST });
  return codes;
}

/** From when to when, in minutes of the day, from fields for a time; all day without both. Throws Problem. */
export function hoursOf(from, to) {
  if (!from && !to) return { begins: 0, ends: 0 };
  if (!from || !to || from === to) throw new Problem("lend_hours");
  const [begins, ends] = [from, to].map((text) => {
    const [hour, minute] = text.split(":").map(Number);
    return 60 * hour + minute;
  });
  return { begins, ends };
}

/** A day for a date field, so many days from now. */
export function dayIn(days) {
  const day = new Date();
  day.setDate(day.getDate() + days);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");
}

/** This computer's offset from UTC now, in minutes. */
export function zoneHere() {
  return -new Date().getTimezoneOffset();
}

/** A minute of the day: `18:00`; and an offset from UTC: `UTC+8`, `UTC-3:30`. Digits are for all readers. */
export function clockOf(minute) {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

export function zoneOf(minutes) {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  if (!minutes) return "UTC";
  return `UTC${minutes > 0 ? "+" : "-"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}
