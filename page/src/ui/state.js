//! What the page knows while it is open: the key that is connected, and a log.

/** The key that is connected, or null; and what was asked of it: commands and outcomes, never a value. */
export const state = { key: null, log: [] };

/** Log entries that are kept. */
const LOG_LENGTH = 200;

export function noteInLog(command, outcome) {
  state.log.push(`${new Date().toISOString().slice(11, 23)} ${command}: ${outcome}`);
  if (state.log.length > LOG_LENGTH) state.log.shift();
}
