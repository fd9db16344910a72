// A blank key: its clock, then what opens it.
import { enter } from "./connect.js";
import { h } from "../ui/dom.js";
import { synchroniseClock } from "../link/synchronise.js";
import { sayOffset } from "./clock.js";
import { newPassphraseFields, newPinFields, setPassphrase, setPin } from "./locks.js";
import { restoreScreen } from "./restore.js";
import { announce, button, choice, form, notice, show, stage, tick } from "../ui/app.js";
import { say } from "../ui/words.js";

export function firstSetup() {
  show(
    say("setup.title"),
    {},
    h("p.lead", say("setup.lead")),
    h("h2", say("setup.clock")),
    h("p", say("setup.clock_why")),
    button(say("setup.set_clock"), setFirstClock, "main"),
    h("p.hint", say("clock.trust")),
  );
}

async function setFirstClock() {
  const left = await synchroniseClock(stage.key);
  const done = say("clock.done", { offset: sayOffset(left) });
  await lockChoice(done);
  announce(done);
}

/** `chosen` and `allow` are what was chosen before. Once the key is not blank, it has settled `allow` itself. */
async function lockChoice(clock, chosen = "none", allow = true) {
  const settled = stage.key.told.state !== "blank";
  if (settled) allow = (await stage.key.ask("slots")).export === 1;
  const options = ["none", "pin", "passphrase"].map((value) => ({
    value,
    title: say(`lock.${value}`),
    about: say(`lock.${value}_about`),
  }));
  const lock = choice(say("setup.lock"), options, chosen);
  const backups = tick(say("setup.backups"), say(settled ? "setup.settled" : "setup.backups_about"), allow);
  backups.input.disabled = settled;
  /** Both buttons take the choices; `then` is what comes after them. */
  const next = (then) => () => {
    const [value, allowed] = [lock.value(), backups.input.checked];
    return value === "none" ? finish(allowed, then) : secretChoice(value, allowed, clock, then);
  };
  show(
    say("setup.title"),
    { back: firstSetup },
    notice("good", clock),
    form(say("next"), next(enter), lock, backups),
    button(say("setup.restore"), next(() => restoreScreen(enter)), "quiet"),
  );
}

function secretChoice(chosen, allow, clock, then) {
  const fields = chosen === "pin" ? newPinFields() : newPassphraseFields();
  const set = async () => {
    const secret = fields.take();
    await finish(allow, then, () => (chosen === "pin" ? setPin(secret) : setPassphrase(secret, fields.bar)));
  };
  const back = () => lockChoice(clock, chosen, allow);
  show(say(`lock.${chosen}_new`), { back }, form(say("lock.set"), set, fields.content));
}

async function finish(allow, then, lock = null) {
  if (stage.key.told.state === "blank") await stage.key.ask("init", { export: Number(allow) });
  await stage.key.refresh();
  await lock?.();
  await then();
  announce(say("setup.ready"));
}
