//! The router: the current screen and the history. Screens refer to each other by name, without imports.
import { state } from "./state.js";

/**
 * Screens by name. A screen is a function that takes the values `given` to it and returns `{title, content}`.
 * Optionally it also returns `shown()`, which runs when the screen is on the page, and `leave()`, which runs
 * before the next one is. It may ask the key. If it throws, the current screen stays.
 */
let screens = {};
let show = () => {};
/** The history: `{name, given}` of each screen, the present one last. */
let trail = [];
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
 * the page. A way on is not kept: what was entered there is gone.
 */
function follow(depth) {
  if (move?.depth === depth) {
    move.arrived();
    move = null;
  } else if (depth + 1 < trail.length) {
    open(trail.slice(0, depth + 1)).catch(() => step(trail.length - 1 - depth));
  } else if (depth + 1 > trail.length) {
    step(trail.length - 1 - depth);
  }
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

/** The browser's history for the way to a screen that is now shown. */
function record(before, after) {
  if (after > before) history.pushState({ ...history.state, depth: after - 1 }, "");
  else step(after - 1 - depthNow());
}

/** Go to a screen, with a way back to this one. */
export function go(name, given = {}) {
  return open([...trail, { name, given }]);
}

/** Show a screen instead of this one. */
export function replace(name, given = {}) {
  return open([...trail.slice(0, -1), { name, given }]);
}

/** Show a screen from which there is no way back. */
export function restart(name, given = {}) {
  return open([{ name, given }]);
}

/** Go back to the screen before, and give it `more`. */
export function back(more = {}) {
  const before = trail.slice(0, -1);
  Object.assign(before.at(-1).given, more);
  return open(before);
}

/** Show the screen that fits the key's state, with no way back. */
export async function enter(given = {}) {
  const info = await state.key.refresh();
  const fitting = { blank: "setup", locked: "unlock", blocked: "blocked", open: "home" };
  return restart(fitting[info.state], given);
}

async function open(next) {
  latest += 1;
  const mine = latest;
  const { name, given } = next.at(-1);
  const { done = null } = given;
  // Show the message only once, and not again when the person comes back.
  delete given.done;
  const screen = await screens[name](given);
  await settled;
  if (mine !== latest) return;
  const before = trail.length || 1;
  trail = next;
  record(before, trail.length);
  show({ ...screen, done }, trail.length > 1);
}
