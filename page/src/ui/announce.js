//! The one place from which screen readers are told what has changed.
import { fill, h } from "./dom.js";

export const liveRegion = h("p.away", { role: "status" });

export function announce(words) {
  fill(liveRegion, words);
}
