//! The first screen: finding the key, by Web Serial or by the bridge, and what to do where that fails.

import { Key } from "../link/key.js";
import { holder, shareWithTabs, takeOver } from "../link/tabs.js";
import {
  allowedPorts,
  Bridge,
  choosePort,
  hasSerial,
  isServed,
  SerialTransport,
} from "../link/transports.js";
import { Problem } from "../rules/problem.js";
import { listeners, showTouch } from "../ui/dialogs.js";
import { h } from "../ui/dom.js";
import { keyDrawing } from "../ui/drawings.js";
import { enter, leaveLost, restart, state } from "../ui/router.js";
import { announce, button, notice, problemNotice } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** Problems that a tab which has the key may be behind, and those that the key is elsewhere. */
const IN_USE = ["busy", "busy_here", "bridge_taken"];
const ELSEWHERE = ["other_tab", "taken_over"];
/**
 * The bridge, if any, and its last message (`keys`, `everyday`); what this screen says (`problem`), and whether it is
 * `shown`; whether a port is `opening`.
 */
const found = { token: "", bridge: null, keys: [] };

/** Begin: with the bridge's token, or with the browser's ports. */
export async function begin(token) {
  found.token = token;
  shareWithTabs(() => (state.key || found.bridge ? document.title : ""), letGo);
  if (token) {
    startBridge();
  } else if (hasSerial()) {
    navigator.serial.addEventListener("connect", ({ target }) => found.shown && openPort(target));
  }
  await restart("connect");
  if (!hasSerial() || token) return;
  await openAllowed();
}

function startBridge() {
  // What an earlier bridge has told is fresh again.
  found.keys = [];
  found.bridge = new Bridge(found.token, onKeys, async (problem) => {
    found.bridge = null;
    const seen = await withHolder(problem);
    if (!state.key) void restart("connect", { problem: seen });
  });
}

async function openAllowed() {
  const allowed = await allowedPorts();
  if (allowed.length === 1) await openPort(allowed[0]);
}

/** Another tab takes the key over: let it go, and say so. */
async function letGo() {
  const [key, bridge] = [state.key, found.bridge];
  state.key = null;
  found.bridge = null;
  showTouch(null);
  await key?.close();
  bridge?.close();
  leaveLost(key?.info?.key, "connect", { problem: new Problem("taken_over") });
}

/** Have the key here, from the tab that has it. */
async function takeItOver() {
  await takeOver();
  await restart("connect");
  if (found.token) startBridge();
  else await openAllowed();
}

/** A key or bridge that is in use: which tab has it, if one of this browser does. */
async function withHolder(problem) {
  if (!IN_USE.includes(problem.name)) return problem;
  const title = await holder();
  return title ? new Problem("other_tab", { title }) : problem;
}

function onKeys(keys, everyday) {
  const fresh = keys.filter(({ key }) => !found.keys.some((known) => known.key === key));
  Object.assign(found, { keys, everyday });
  if (!found.shown) return;
  void restart("connect", { problem: found.problem });
  // A single key, or the one that was just connected, needs no choice.
  if (keys.length === 1 && fresh.length) void openBridged(keys[0].key);
}

export function connectScreen({ problem = null }) {
  found.problem = problem;
  const content = [
    problem && h("div", { role: "alert" }, problemNotice(problem)),
    ELSEWHERE.includes(problem?.name) && button(say("connect.take"), takeItOver, "main"),
    h("div.hero", keyDrawing("blue", true)),
    h("p.lead", say("connect.hold")),
    found.bridge ? bridgedKeys() : serialButton(),
    h("details", h("summary", say("connect.trouble")), h("ul", troubles()), allPorts()),
    h("details", h("summary", say("lost.title")), lostKey()),
    h("p.hint", say("connect.private")),
  ];
  return {
    title: say("connect.title"),
    content,
    shown: () => (found.shown = true),
    leave: () => (found.shown = false),
  };
}

function troubles() {
  return ["hold", "cable", "drive", "linux", "busy"].map((name) => h("li", say(`trouble.${name}`)));
}

/** A summary of docs/guide/lost-key.md. */
function lostKey() {
  return h(
    "ol.steps",
    ["get_in", "lock_out", "anew", "code"].map((name) => h("li", say(`lost.${name}`))),
  );
}

function serialButton() {
  if (!isSecureContext) return problemNotice(new Problem("insecure"));
  if (isServed()) return !found.problem && problemNotice(new Problem("bridge_refused"));
  if (!hasSerial()) return problemNotice(new Problem("no_serial"));
  return button(say("connect.button"), choose(false), "main");
}

/** For a key whose vendor this page does not know. */
function allPorts() {
  return !found.bridge && isSecureContext && hasSerial() && button(say("connect.all"), choose(true));
}

function choose(all) {
  return async () => openPort(await choosePort(all), true);
}

function bridgedKeys() {
  if (!found.keys.length) return notice("plain", say(found.everyday ? "connect.everyday" : "connect.none"));
  const buttons = found.keys.map(({ key, name, port }) =>
    button([name, port && h("small", port)], () => openBridged(key, true), "main"),
  );
  return h("div.stack", h("p", say("connect.found")), buttons);
}

async function openPort(port, chosen) {
  await connect(() => SerialTransport.open(port), chosen);
}

async function openBridged(key, chosen) {
  await connect(() => found.bridge.open(key), chosen);
}

/** Open and say hello. Throws the problem of a chosen key; shows that of any other. */
async function connect(openTransport, chosen) {
  if (found.opening || state.key) return;
  found.opening = true;
  announce(say("connect.opening"));
  try {
    state.key = await Key.greet(await openTransport(), listeners);
    state.key.onlost = onLost;
  } catch (error) {
    const problem = await withHolder(error);
    if (chosen && problem === error) throw problem;
    void restart("connect", { problem });
    return;
  } finally {
    found.opening = false;
  }
  await enter();
}

function onLost(problem) {
  showTouch(null);
  const lost = state.key?.info.key;
  state.key = null;
  leaveLost(lost, "connect", { problem });
}
