//! Sets up a new key: sets its clock, then adds the first account, or first asks for a lock.
import { synchroniseClock } from "../link/synchronise.js";
import { siteTiles } from "../parts/site_tiles.js";
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { enter, go, restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, choice, form, problemNotice, tick } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** `given` keeps the result of setting the clock, for when the person comes back. */
export async function setupScreen(given) {
  given.clock ??= await firstClock();
  return {
    title: say("setup.title"),
    content: [
      given.clock,
      siteTiles(),
      h(
        "div.stack",
        button(say("setup.more"), () => go("setup_lock"), "quiet"),
      ),
    ],
  };
}

/** Set the clock. Returns nothing, or after a failure the problem with a button to try again. */
async function firstClock() {
  try {
    await synchroniseClock(state.key);
    return false;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const again = button(say("setup.set_clock"), () => restart("setup"), "main");
    return h("div", problemNotice(problem), again);
  }
}

/** `given` keeps the choices for the way back. Once the key is initialised, `allowed` is fixed. */
export async function setupLockScreen(given) {
  const settled = state.key.info.state !== "blank";
  const { chosen = "none" } = given;
  const allowed = settled ? (await state.key.ask("slots")).export === 1 : (given.allowed ?? true);
  const lock = choice(say("setup.lock"), ["none", "pin", "passphrase"].map(lockOption), chosen);
  const backups = tick(say("setup.backups"), say(settled ? "setup.settled" : "setup.backups_about"), allowed);
  backups.input.disabled = settled;
  /** All buttons apply the choices. `then` is the next screen. */
  const next = (then) => () => {
    Object.assign(given, { chosen: lock.value(), allowed: backups.input.checked });
    if (given.chosen === "none") return finishSetup(given.allowed, then);
    return go("new_lock", { kind: given.chosen, allowed: given.allowed, then });
  };
  return {
    title: say("setup.more_title"),
    content: [
      form(say("next"), next("home"), lock, backups),
      h(
        "div.stack",
        button(say("setup.restore"), next("restore"), "quiet"),
        button(say("setup.borrow"), next("borrow"), "quiet"),
      ),
    ],
  };
}

function lockOption(value) {
  return { value, title: say(`lock.${value}`), about: say(`lock.${value}_about`) };
}

async function finishSetup(allowed, then) {
  await state.key.makeReady(allowed);
  await enter({ done: say("setup.ready") });
  if (then !== "home") await go(then);
}
