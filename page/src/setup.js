// A blank key: its clock, then what opens it.
import { enter } from "./connect.js";
import { h } from "./dom.js";
import { synchroniseClock } from "./clock.js";
import { sayOffset } from "./clockscreen.js";
import { newPassphraseFields, newPinFields, setPassphrase, setPin } from "./locks.js";
import { restoreScreen } from "./restore.js";
import { announce, button, choice, form, notice, show, stage, tick } from "./stage.js";
import { say } from "./words.js";

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
  lockChoice(done);
  announce(done);
}

function lockChoice(clock) {
  const options = ["none", "pin", "passphrase"].map((value) => ({
    value,
    title: say(`lock.${value}`),
    about: say(`lock.${value}_about`),
  }));
  const lock = choice(say("setup.lock"), options, "none");
  const backups = tick(say("setup.backups"), say("setup.backups_about"), true);
  const next = async () => {
    const chosen = lock.value();
    const allow = backups.input.checked ? 1 : 0;
    if (chosen === "none") return finish(allow);
    return secretChoice(chosen, allow, clock);
  };
  show(
    say("setup.title"),
    { back: firstSetup },
    notice("good", clock),
    form(say("next"), next, lock, backups),
    button(say("setup.restore"), () => restoreScreen(firstSetup), "quiet"),
  );
}

function secretChoice(chosen, allow, clock) {
  const fields = chosen === "pin" ? newPinFields() : newPassphraseFields();
  const set = async () => {
    const secret = fields.take();
    await finish(allow, () => (chosen === "pin" ? setPin(secret) : setPassphrase(secret, fields.bar)));
  };
  show(say(`lock.${chosen}_new`), { back: () => lockChoice(clock) }, form(say("lock.set"), set, fields.content));
}

async function finish(allow, lock = null) {
  if (stage.key.told.state === "blank") await stage.key.ask("init", { export: allow });
  await stage.key.refresh();
  await lock?.();
  await enter();
  announce(say("setup.ready"));
}
