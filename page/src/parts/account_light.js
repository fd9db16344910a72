//! How an account is listed: its name, and its light, which blinks when it is chosen at the key.
import { DEFINITION } from "../definition.js";
import { h } from "../ui/dom.js";
import { say } from "../ui/words.js";

/** The site, then the account there. */
export function accountName({ issuer, label }) {
  return [h("strong", issuer || label), " ", issuer && h("span", label)];
}

/** In words, for the account at that place in the key's order, from 0: “amber, one blink”. */
export function sayLight(place) {
  return say(`light.${colourAt(place)}`);
}

/** The same with its colour beside it. */
export function accountLight(place) {
  return h("span.blinks", h(`i.${colourAt(place)}`, { "aria-hidden": "true" }), sayLight(place));
}

function colourAt(place) {
  return DEFINITION.lights[place % DEFINITION.lights.length];
}
