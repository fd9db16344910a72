//! A calendar's entry for the day by which the owner must set the key's clock again (RFC 5545).
import { DEFINITION } from "../definition.js";
import { h } from "../ui/dom.js";
import { say } from "../ui/words.js";

/** A link that saves the entry as a file, which any calendar takes. `until` is in Unix seconds. */
export function calendarLink(until) {
  const link = h("a", { download: "totpkey.ics", href: "#", class: "wide" }, say("clock.remind"));
  // Made when it is clicked, in the language that is chosen then.
  link.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([entry(until)], { type: "text/calendar" }));
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address));
  });
  return link;
}

function entry(until) {
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
