//! Copies accounts onto a second key. One key seals them for the other: the page hands on what it cannot read.
import { Key, synchroniseClock } from "../link/key.js";
import { allowedPorts, choosePort, SerialTransport } from "../link/transports.js";
import { nameOf } from "../rules/account.js";
import { copyPlan, placeOf } from "../rules/plan.js";
import { Problem } from "../rules/problem.js";
import { listeners, showTouch } from "../ui/dialogs.js";
import { fill, h } from "../ui/dom.js";
import { keyDrawing } from "../ui/drawings.js";
import { state } from "../ui/router.js";
import {
  announce,
  button,
  form,
  notice,
  planList,
  problemNotice,
  progress,
  toAccounts,
} from "../ui/widgets.js";
import { say } from "../ui/words.js";

export async function copyScreen() {
  await state.key.checkExport();
  const area = h("div");
  const second = { key: null, area };
  showStart(second);
  return { title: say("copy.title"), content: area, leave: () => letGo(second) };
}

function showStart(second, done = null) {
  const connect = async () => {
    await letGo(second);
    await openSecond(second);
    await showPlan(second);
  };
  // The bridge of `totpkey web` has one port at a time.
  const ports = state.key.transport instanceof SerialTransport;
  const start = ports
    ? button(say("copy.connect"), connect, "main")
    : problemNotice(new Problem("copy_bridge"));
  fill(second.area, [
    done,
    h("p.lead", say("copy.lead")),
    h("div.hero", keyDrawing("blue", true)),
    h("p", say("copy.plug")),
    h("div.row", start),
    done && h("div.row", toAccounts()),
  ]);
}

async function letGo(second) {
  const { key } = second;
  second.key = null;
  await key?.close();
}

/** Open the second key's port: the only other one that is allowed, or one that the person chooses. */
async function openSecond(second) {
  const others = (await allowedPorts()).filter((port) => port !== state.key.transport.port);
  const port = others.length === 1 ? others[0] : await choosePort(false);
  const told = { ...listeners, which: say("touch.second") };
  second.key = await Key.greet(await SerialTransport.open(port), told);
  second.key.onlost = () => showTouch(null);
  const blank = second.key.info.state === "blank";
  if (!blank && second.key.info.state !== "open") {
    await letGo(second);
    throw new Problem("copy_locked");
  }
  if (blank) await synchroniseClock(second.key);
}

async function showPlan(second) {
  const plan = async () => copyPlan(await state.key.list(), await second.key.list());
  const steps = await plan();
  const wanted = wantedIn(steps);
  const bar = progress(say("copy.copying"));
  const copy = async () => {
    // Plan again, since an interrupted attempt has left some on the second key.
    const missing = wantedIn(await plan());
    if (missing.length) await bar.during((set) => copyAll(second.key, missing, set));
    await letGo(second);
    const words = say("copy.done", { count: wanted.length });
    const counted = wanted.some(({ type }) => type === "hotp") && notice("odd", say("copy.by_counter"));
    showStart(second, [notice("good", words, say("copy.locks")), counted]);
    announce(words);
  };
  const heading = h("h2", { tabindex: -1 }, say("copy.plan", { count: wanted.length, all: steps.length }));
  fill(second.area, [
    heading,
    planList(steps, ({ account, left }) => ({
      name: left === "lost" ? say("account.lost_name") : nameOf(account),
      omitted: left,
      said: left && say(`copy.${left}`),
    })),
    wanted.length
      ? form(say("copy.button", { count: wanted.length }), copy, bar)
      : h("div.row", toAccounts("main")),
  ]);
  heading.focus();
}

function wantedIn(steps) {
  return steps.filter(({ left }) => !left).map(({ account }) => account);
}

/** The keys agree on a secret, then one seals and the other opens each account. Throws Problem, Refused. */
async function copyAll(target, wanted, set) {
  const { public: ours } = await state.key.ask("clone_key");
  const { public: peer } = await target.ask("clone_key", { peer: ours });
  const send = ({ account }) => state.key.ask("clone_send", { peer, account });
  // The first key's consent comes before the second begins to wait for its own.
  let sent = await send(wanted[0]);
  await target.batch(wanted.length);
  for (const [index, account] of wanted.entries()) {
    if (index) sent = await send(account);
    await target.ask("clone_receive", sent).catch(unlessUntyped);
    set((index + 1) / wanted.length);
  }
  const there = new Set((await target.list()).map(placeOf));
  const missing = wanted.filter((account) => !there.has(placeOf(account)));
  if (missing.length) throw new Problem("copy_missing", { names: missing.map(nameOf).join(", ") });
}

/** What the second key cannot type is missing in the end. */
function unlessUntyped(refused) {
  if (refused.code !== "cannot_type") throw refused;
}
