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

/** `showScreen(screen, canGoBack)` puts a screen on the page. */
export function startRouter(screensByName, showScreen) {
  screens = screensByName;
  show = showScreen;
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
  if (mine !== latest) return;
  trail = next;
  show({ ...screen, done }, trail.length > 1);
}
