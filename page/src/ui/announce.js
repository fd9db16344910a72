//! Announces changes to screen readers.
import { fill, h } from "./dom.js";

export const liveRegion = h("p.away", { role: "status" });

export function announce(words) {
  fill(liveRegion, words);
}
