// The first screen: finding the key, by Web Serial or by the bridge, and what to do where that fails.
import { Bridge } from "../link/bridge.js";
import { h } from "../ui/dom.js";
import { keyDrawing } from "../ui/drawings.js";
import { home } from "./home.js";
import { Key } from "../link/key.js";
import { blockedScreen, unlockScreen } from "./unlock.js";
import { Problem } from "../rules/problem.js";
import { allowedPorts, choosePort, hasSerial, SerialTransport } from "../link/serial.js";
import { firstSetup } from "./setup.js";
import { announce, button, noteInLog, notice, onLeave, onNotice, problemNotice, show, stage } from "../ui/app.js";
import { say } from "../ui/words.js";

const state = { seen: false, busy: false, bridge: null, keys: [], everyday: false, known: "" };

/** Begin: with the bridge's token, or with the browser's ports. */
export async function begin(token) {
  if (token) {
    state.bridge = new Bridge(token, onKeys, (problem) => {
      state.bridge = null;
      if (!stage.key) connectScreen(problem);
    });
  } else if (hasSerial()) {
    navigator.serial.addEventListener("connect", ({ target }) => state.seen && openPort(target));
  }
  connectScreen();
  if (!hasSerial() || token) return;
  const allowed = await allowedPorts();
  if (allowed.length === 1) await openPort(allowed[0]);
}

function onKeys(keys, everyday) {
  const fresh = keys.filter(({ key }) => !state.keys.some((known) => known.key === key));
  Object.assign(state, { keys, everyday });
  if (!state.seen) return;
  connectScreen(state.problem);
  // One key alone, or the one that was just here, needs no choice.
  if (keys.length === 1 && fresh.length) openBridged(keys[0].key);
}

export function connectScreen(problem = null) {
  state.problem = problem;
  // Where there is no button for the browser's list, nothing is said of it.
  const choose = state.bridge || !hasSerial() ? [] : ["choose"];
  const steps = ["plug", "hold", ...choose].map((name) => h("li", say("connect." + name)));
  show(
    say("connect.title"),
    {},
    problem && h("div", { role: "alert" }, problemNotice(problem)),
    h("p.lead", say("connect.lead")),
    h("div.hero", keyDrawing("blue", true)),
    h("ol.steps", steps),
    state.bridge ? bridged() : serial(),
    h(
      "details",
      h("summary", say("connect.trouble")),
      h("ul", ["hold", "cable", "drive", "linux", "busy"].map((name) => h("li", say("trouble." + name)))),
    ),
    h("p.hint", say("connect.private")),
  );
  state.seen = true;
  onLeave(() => (state.seen = false));
}

function serial() {
  if (!isSecureContext) return problemNotice(new Problem("insecure"));
  if (!hasSerial()) return problemNotice(new Problem("no_serial"));
  const choose = (all) => async () => openPort(await choosePort(all), true);
  return h(
    "div.stack",
    button(say("connect.button"), choose(false), "main"),
    button(say("connect.all"), choose(true), "quiet"),
  );
}

function bridged() {
  if (!state.keys.length) return notice("plain", say(state.everyday ? "connect.everyday" : "connect.none"));
  return h(
    "div.stack",
    h("p", say("connect.found")),
    state.keys.map(({ key, name, port }) =>
      button([name, port && h("small", port)], () => openBridged(key, true), "main"),
    ),
  );
}

async function openPort(port, chosen = false) {
  await open(() => SerialTransport.open(port), chosen);
}

async function openBridged(key, chosen = false) {
  await open(() => state.bridge.open(key), chosen);
}

/** Open and greet. What a person chose throws its problem; what was tried for them shows it. */
async function open(transport, chosen) {
  if (state.busy || stage.key) return;
  state.busy = true;
  announce(say("connect.opening"));
  try {
    stage.key = await Key.greet(await transport(), { onnotice: onNotice, onlog: noteInLog });
    stage.key.onlost = lost;
  } catch (problem) {
    if (chosen) throw problem;
    connectScreen(problem);
    return;
  } finally {
    state.busy = false;
  }
  await enter();
}

function lost(problem) {
  onNotice(null);
  stage.key = null;
  connectScreen(problem);
}

/** The screen that fits the key's state. */
export async function enter() {
  const told = await stage.key.refresh();
  if (told.state === "blank") firstSetup();
  else if (told.state === "locked") await unlockScreen();
  else if (told.state === "blocked") await blockedScreen();
  else await home();
}
