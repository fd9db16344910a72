//! Announces changes: to screen readers, and by short tones.
import { fill, h } from "./dom.js";

export const liveRegion = h("p.away", { role: "status", "aria-atomic": "false" });

/** Where it is told that another program speaks to the key: on the page, or in the dialog that is over it. */
export const alarm = h("div");

export function announce(words) {
  fill(liveRegion, words);
}

/** Whether tones sound. The page keeps nothing, so this holds as long as it is open. */
export const sound = { on: true };
let audio = null;

/** A short tone of `pitch` Hz, where the browser has any. */
export function beep(pitch) {
  if (!sound.on || !globalThis.AudioContext) return;
  audio ??= new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  volume.gain.value = 0.1;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.06);
}
