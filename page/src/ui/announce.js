//! Announces changes to screen readers.
import { fill, h } from "./dom.js";

export const liveRegion = h("p.away", { role: "status" });

/** Where it is told that another program speaks to the key: on the page, or in the dialog that is over it. */
export const alarm = h("div");

export function announce(words) {
  fill(liveRegion, words);
}
