//! Where the page is: the connected key, the current screen, and the history. Screens refer to each other by name,
//! without imports.
import { Problem } from "../rules/problem.js";

/** The connected key, or null, and a log of commands and outcomes, without values. */
export const state = { key: null, log: [] };

/** How many log entries are kept. */
const LOG_LENGTH = 200;

export function noteInLog(command, outcome) {
  state.log.push(`${new Date().toISOString().slice(11, 23)} ${command}: ${outcome}`);
  if (state.log.length > LOG_LENGTH) state.log.shift();
}

/**
 * Screens by name. A screen is a function that takes the values `given` to it and returns `{title, content}`.
 * Optionally it also returns `shown()`, which runs when the screen is on the page; `leave()`, which runs before
 * the next one is; `leaving()`, which resolves to whether the person may leave it now; and `fleeting: true` if
 * there is no way forward to it, because what it was given holds secrets. It may ask the key. If it throws, the
 * current screen stays.
 */
let screens = {};
let show = () => {};
/** The way: `{name, given}` of each screen. `at` is the present one; Forward leads to those after it. */
let trail = [];
let at = 0;
/** The present screen's `leaving`, or null. */
let mayLeave = null;
/** The way of a key that was lost: `{trail, at, key}`, until that key is there again; else null. */
let place = null;
/** Where to go instead once the present screen is left, because the key was lost meanwhile; else null. */
let instead = null;
/** Counts requested screens, so that a slow one does not replace a later one. */
let latest = 0;
/** A browser that goes to none of its entries within this time, in ms, is not waited for any longer. */
const PATIENCE = 1000;
/** While the page itself moves in the browser's history: `{depth, arrived()}` of where it goes; else null. */
let move = null;
/** Resolves once the browser's history stands where the page wants it. A move takes the browser a moment. */
let settled = Promise.resolve();

/** `showScreen(screen, canGoBack)` puts a screen on the page. */
export function startRouter(screensByName, showScreen) {
  screens = screensByName;
  show = showScreen;
  history.replaceState({ ...history.state, depth: 0 }, "");
  addEventListener("popstate", ({ state: entry }) => follow(entry?.depth ?? 0));
}

/**
 * The browser's own Back and Forward. It has an entry for each screen of the way; Back at the first one leaves
 * the page.
 */
function follow(depth) {
  if (move?.depth === depth) {
    move.arrived();
    move = null;
    return;
  }
  const stay = () => step(at - depthNow());
  if (depth >= trail.length) stay();
  else if (depth !== at) open(trail, depth).catch(stay);
}

/**
 * Have the browser's history follow the page, without a screen. A browser drops a move that comes too soon
 * after another, and then tells nothing; the screens go on without it.
 */
function step(count) {
  if (!count) return;
  move?.arrived();
  settled = new Promise((resolve) => {
    move = { depth: depthNow() + count, arrived: resolve };
    setTimeout(resolve, PATIENCE);
  });
  history.go(count);
}

/** The depth of the browser's present entry. */
function depthNow() {
  return history.state?.depth ?? 0;
}

/** Add entries to the browser's history up to that depth. */
function push(depth) {
  for (let next = Math.min(depthNow() + 1, depth); next <= depth; next += 1) {
    history.pushState({ ...history.state, depth: next }, "");
  }
}

/** Go to a screen, with a way back to this one. */
export function go(name, given = {}) {
  return open([...trail.slice(0, at + 1), { name, given }], at + 1, true);
}

/** Show a screen instead of this one. */
export function replace(name, given = {}) {
  return open([...trail.slice(0, at), { name, given }], at);
}

/** Show a screen from which there is no way back. */
export function restart(name, given = {}) {
  return open([{ name, given }], 0);
}

/** Go back to the screen before, and give it `more`. */
export function back(more = {}) {
  Object.assign(trail[at - 1].given, more);
  return open(trail, at - 1);
}

/** Show the screen that fits the key's state, with no way back; or the place where that key was lost. */
export async function enter(given = {}) {
  const info = await state.key.refresh();
  const fitting = { blank: "setup", locked: "unlock", blocked: "blocked", open: "home" };
  const first = fitting[info.state];
  const lost = place;
  const same = lost?.key === info.key && lost.trail[0].name === first;
  // A key that is locked has its place again once it is open.
  if (same || lost?.key !== info.key || info.state === "blank") place = null;
  if (!same) return restart(first, given);
  Object.assign(lost.trail[lost.at].given, given);
  return open(lost.trail, lost.at, true).catch(() => restart(first, given));
}

/** The key is lost: show that screen, and keep this place for when it is back. */
export function leaveLost(key, name, given) {
  // A screen that is not left without asking needs no key.
  if (mayLeave) {
    instead = () => restart(name, given);
    return null;
  }
  if (["home", "setup"].includes(trail[0]?.name)) place = { trail: trail.slice(0, at + 1), at, key };
  return restart(name, given);
}

/** Whether the present screen wants a question before it is left. */
export function asksBeforeLeaving() {
  return mayLeave !== null;
}

/** Show the screen at `index` of the way `next`. `further`: add to the browser's history. */
async function open(next, index, further = false) {
  if (mayLeave && !(await mayLeave())) throw new Problem("stayed");
  mayLeave = null;
  if (instead) {
    const go = instead;
    instead = null;
    return go();
  }
  latest += 1;
  const mine = latest;
  const { name, given } = next[index];
  const { done = null } = given;
  // Show the message only once, and not again when the person comes back.
  delete given.done;
  const screen = await screens[name](given);
  await settled;
  if (mine !== latest) return;
  next[index].fleeting = Boolean(screen.fleeting);
  const kept = next.findIndex((entry, place) => place > index && entry.fleeting);
  trail = kept < 0 ? next : next.slice(0, kept);
  at = index;
  mayLeave = screen.leaving ?? null;
  if (further) push(at);
  else step(at - depthNow());
  show({ ...screen, done }, at > 0);
}
