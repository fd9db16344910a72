//! Checks everything that can be wrong with a key; and its clock: the error, how long that is acceptable, and setting
//! it.
import { DEFINITION } from "../definition.js";
import { measureOffset } from "../link/key.js";
import { clockWarning, nextSetting, sayOffset, setClock } from "../parts/clock.js";
import { h } from "../ui/dom.js";
import { replace, state } from "../ui/router.js";
import { button } from "../ui/widgets.js";
import { say, sayDay, sayDuration, sayMoment } from "../ui/words.js";

const GOOD = "good";
const ODD = "odd";
const BAD = "bad";
/** The room that CircuitPython needs on the drive at its first start, in KB. */
const ROOM = 4;
/** A button that is down for this long, in seconds, is stuck. */
const STUCK = 10;
/** A difference of clocks, in seconds, that matters for a code of 30 s. */
const NOTICEABLE = 2;

export async function checkScreen() {
  const findings = await examine(state.key);
  const log = h("pre", { tabindex: 0 }, state.log.join("\n"));
  return {
    title: say("check.title"),
    content: [
      h("ul.findings", findings.map(findingRow)),
      h("details", h("summary", say("check.log")), h("p.hint", say("check.log_about")), log),
    ],
  };
}

/** What is odd without a remedy is no more than a note: a healthy key shows no warning. */
function findingRow([name, given, found, remedy]) {
  const grade = given === ODD && !remedy ? "note" : given;
  return h(
    "li",
    { class: grade },
    h("strong", say(`check.${name}`)),
    h("span.grade", say(`check.grade_${grade}`)),
    h("p", found),
    remedy && h("p.hint", say(`check.${remedy}`)),
  );
}

/** Rows of [subject, grade, what was found, what to do, if anything]. */
async function examine(key) {
  const info = await key.refresh();
  const [clock, slots, health] = [await key.ask("clock"), await key.ask("slots"), await key.ask("health")];
  const firmware = await key.ask("firmware");
  // An image would overwrite the accounts of a key that was made by copying.
  const copied = firmware.slot === "none";
  const again = copied ? "copy_again" : "install_again";
  return [
    versionOf(info, copied ? again : "firmware_update"),
    circuitPythonOf(info, again),
    sealedOf(info, again),
    filesOf(firmware, health),
    driveOf(health, again),
    ...(await clockRows(key, info, clock, health)),
    buttonOf(health),
    lockOf(slots),
    ...elementOf(slots),
  ];
}

/** `update` is the remedy for a firmware that differs. */
function versionOf({ firmware }, update) {
  const versions = say("check.versions", { firmware, page: DEFINITION.version });
  if (firmware === DEFINITION.version) return ["firmware", GOOD, versions];
  return ["firmware", ODD, [versions, " ", say("check.older")], update];
}

function circuitPythonOf({ circuitpython }, again) {
  const [major, minor] = circuitpython.split(/[.-]/).map(Number);
  const [leastMajor, leastMinor] = DEFINITION.circuitpython.least;
  const fits =
    major <= DEFINITION.circuitpython.most &&
    (major > leastMajor || (major === leastMajor && minor >= leastMinor));
  const version = circuitpython.replace(DEFINITION.circuitpython.sealed, "");
  return ["circuitpython", fits ? GOOD : BAD, version, fits ? "" : again];
}

/** What the key says of itself: only `totpkey verify` proves it. */
function sealedOf({ circuitpython }, again) {
  const sealed = circuitpython.endsWith(DEFINITION.circuitpython.sealed);
  return sealed
    ? ["sealed", GOOD, say("check.sealed_good")]
    : ["sealed", ODD, say("check.sealed_not"), again];
}

function filesOf(firmware, health) {
  if (firmware.slot === "none") return ["files", ODD, say("check.files_copied")];
  if (!health.intact) return ["files", BAD, say("check.files_damaged"), "install_again"];
  return ["files", firmware.kept ? GOOD : ODD, say(firmware.kept ? "check.files_good" : "check.files_trial")];
}

function driveOf({ free }, again) {
  const room = free >= ROOM;
  return ["drive", room ? GOOD : BAD, say("check.free", { free }), room ? "" : again];
}

function buttonOf({ held }) {
  if (held < STUCK) return ["button", GOOD, say("check.button_good")];
  return ["button", BAD, say("check.button_held", { seconds: held }), "button_remedy"];
}

async function clockRows(key, info, clock, health) {
  if (!health.pull_ups) return [["wires", BAD, say("check.wires_float"), "wires_remedy"]];
  if (info.clock === "missing") return [["wires", BAD, say("check.no_chip"), "wires_remedy"]];
  const rows = [["chip", GOOD, clock.chip]];
  const batteries = { good: GOOD, low: BAD, off: BAD, unknown: ODD };
  const remedies = { low: "battery_remedy", off: "battery_use" };
  rows.push([
    "battery",
    batteries[clock.battery],
    say(`check.battery_${clock.battery}`),
    remedies[clock.battery],
  ]);
  if (info.clock === "lost") return [...rows, ["time", BAD, say("clock.lost"), "time_remedy"]];
  const seconds = await measureOffset(key);
  const off = Math.abs(seconds);
  const grade = off < NOTICEABLE ? GOOD : off > DEFINITION.limits.BUDGET ? BAD : ODD;
  rows.push(["time", grade, sayOffset(seconds), grade === GOOD ? "" : "time_remedy"]);
  const due = info.clock === "doubtful" || clock.again <= Date.now() / 1000;
  rows.push([
    "budget",
    due ? ODD : GOOD,
    say("check.off", { off: sayDuration(clock.off / 1000) }),
    due ? "time_remedy" : "",
  ]);
  return rows;
}

function elementOf(slots) {
  if (slots.with_element)
    return [
      ["element", slots.element ? GOOD : BAD, say(slots.element ? "lock.element" : "lock.element_gone")],
    ];
  return slots.element ? [["element", ODD, say("lock.element_idle")]] : [];
}

function lockOf(slots) {
  const { TRIES: all } = DEFINITION.limits;
  if (slots.device) return ["lock", ODD, say("lock.is_none")];
  if (slots.pin && slots.tries < all) return ["lock", ODD, say("check.tries", { tries: slots.tries, all })];
  return ["lock", GOOD, say("lock.is_set")];
}

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
