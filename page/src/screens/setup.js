//! A blank key: its clock, then what opens it.
import { synchroniseClock } from "../link/synchronise.js";
import { sayOffset } from "../parts/clock_words.js";
import { makeReady } from "../parts/make_ready.js";
import { h } from "../ui/dom.js";
import { enter, go } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, choice, form, tick } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export function setupScreen() {
  return {
    title: say("setup.title"),
    content: [
      h("p.lead", say("setup.lead")),
      h("h2", say("setup.clock")),
      h("p", say("setup.clock_why")),
      button(say("setup.set_clock"), setFirstClock, "main"),
      h("p.hint", say("clock.trust")),
    ],
  };
}

async function setFirstClock() {
  const left = await synchroniseClock(state.key);
  await go("setup_lock", { done: say("clock.done", { offset: sayOffset(left) }) });
}

/** `given` keeps what was chosen, for the way back. Once the key is not blank, it has settled `allowed` itself. */
export async function setupLockScreen(given) {
  const settled = state.key.info.state !== "blank";
  const { chosen = "none" } = given;
  const allowed = settled ? (await state.key.ask("slots")).export === 1 : (given.allowed ?? true);
  const lock = choice(say("setup.lock"), ["none", "pin", "passphrase"].map(lockOption), chosen);
  const backups = tick(say("setup.backups"), say(settled ? "setup.settled" : "setup.backups_about"), allowed);
  backups.input.disabled = settled;
  /** Both buttons take the choices; `then` is the screen that comes after them. */
  const next = (then) => () => {
    Object.assign(given, { chosen: lock.value(), allowed: backups.input.checked });
    if (given.chosen === "none") return finishSetup(given.allowed, then);
    return go("new_lock", { kind: given.chosen, allowed: given.allowed, then });
  };
  return {
    title: say("setup.title"),
    content: [
      form(say("next"), next("home"), lock, backups),
      button(say("setup.restore"), next("restore"), "quiet"),
    ],
  };
}

function lockOption(value) {
  return { value, title: say(`lock.${value}`), about: say(`lock.${value}_about`) };
}

async function finishSetup(allowed, then) {
  await makeReady(allowed);
  await enter({ done: say("setup.ready") });
  if (then !== "home") await go(then);
}
