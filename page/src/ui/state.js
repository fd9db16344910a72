//! The page's state: the connected key, and a log.

/** The connected key, or null, and a log of commands and outcomes, without values. */
export const state = { key: null, log: [] };

/** How many log entries are kept. */
const LOG_LENGTH = 200;

export function noteInLog(command, outcome) {
  state.log.push(`${new Date().toISOString().slice(11, 23)} ${command}: ${outcome}`);
  if (state.log.length > LOG_LENGTH) state.log.shift();
}
