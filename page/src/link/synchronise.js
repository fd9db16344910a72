//! Sets a key's clock to this computer's, so that both seconds begin together, compensating for the delay.
//! Works like host/totpkey/clock/synchronise.py.
import { DEFINITION } from "../definition.js";
import { Problem } from "../rules/problem.js";

const TRIES = 3;
/** A key that is further off than this after setting, in seconds, is set once more. */
const SET_AGAIN_ABOVE = 0.05;
/** By how many ms a computer's clock may be wrong: a browser does not tell whether anything keeps it right. */
const ERROR = 2000;

const now = () => Date.now() / 1000;
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, Math.max(seconds, 0) * 1000));

/** How far a key's clock is ahead of this computer, in seconds, from the quickest of three questions. */
export async function measureOffset(key) {
  let best = { seconds: 0, uncertainty: Infinity };
  for (let trial = 0; trial < TRIES; trial += 1) {
    const asked = now();
    const reply = await key.ask("time");
    const answered = now();
    const seconds = reply.time + reply.milliseconds / 1000 - (asked + answered) / 2;
    const uncertainty = (answered - asked) / 2;
    if (uncertainty < best.uncertainty) best = { seconds, uncertainty };
  }
  return best.seconds;
}

/**
 * Set the key's clock, and return the remaining offset. The key asks for its gesture if it learns from this how
 * its clock drifts, or if its drift does not explain the new time. Throws Problem(computer_clock), Refused.
 */
export async function synchroniseClock(key) {
  if (now() < DEFINITION.made || now() >= DEFINITION.limits.TIME_MOST) throw new Problem("computer_clock");
  await setOnTheSecond(key);
  const left = await measureOffset(key);
  if (Math.abs(left) <= SET_AGAIN_ABOVE) return left;
  await setOnTheSecond(key);
  return measureOffset(key);
}

async function setOnTheSecond(key) {
  let delay = Infinity;
  for (let trial = 0; trial < TRIES; trial += 1) {
    const asked = now();
    await key.refresh();
    delay = Math.min(delay, (now() - asked) / 2);
  }
  await key.ask("set_time", async () => {
    const time = Math.floor(now() + delay) + 1;
    await wait(time - delay - now());
    return { time, within: ERROR };
  });
}
