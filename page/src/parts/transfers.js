//! What is pasted or dropped anywhere on a screen, or chosen: files, or text.
import { h } from "../ui/dom.js";
import { attempt } from "../ui/widgets.js";

/** Where files are read now: the part that was shown last. What comes while it reads waits for its turn. */
let place = null;
let turn = Promise.resolve();

/** An input for files. It is never seen: a button clicks it. */
export function fileInput(properties = {}) {
  return h("input", { type: "file", class: "away", tabindex: -1, "aria-hidden": "true", ...properties });
}

/**
 * Accept it while `zone` is on the screen: `read(files)` gets those that are `wanted(file)`, `onText(text)` the
 * text that is there without any, but not what is pasted into a field. `input` is for files that are chosen.
 */
export function acceptTransfers(zone, { input, wanted, read, onText }) {
  place = { zone, wanted, read };
  input.addEventListener("change", () =>
    attempt(zone, () => read([...input.files])).then(() => (input.value = "")),
  );
  const take = (event, transfer) => {
    const files = [...(transfer?.files || [])].filter(wanted);
    const text = files.length ? "" : transfer?.getData("text/plain") || "";
    const inField = event.target.matches?.("input, textarea");
    if (!files.length && (inField || !text.trim())) return;
    event.preventDefault();
    if (files.length) turn = turn.then(() => readHere(files));
    else onText(text);
  };
  const paste = (event) => take(event, event.clipboardData);
  const drop = (event) => {
    // Otherwise the browser would open the file in place of the page.
    event.preventDefault();
    zone.classList.remove("over");
    take(event, event.dataTransfer);
  };
  const over = (event) => {
    event.preventDefault();
    zone.classList.add("over");
  };
  const out = () => zone.classList.remove("over");
  const listeners = { paste, drop, dragover: over, dragleave: out };
  for (const [name, listener] of Object.entries(listeners)) {
    document.addEventListener(name, function heard(event) {
      if (zone.isConnected) listener(event);
      else document.removeEventListener(name, heard);
    });
  }
}

/** Read files in the part that is on the screen now: the one before may have shown what it found. */
async function readHere(files) {
  const { zone, wanted, read } = place;
  const here = zone.isConnected ? files.filter(wanted) : [];
  if (here.length) await attempt(zone, () => read(here));
}

export function isPicture(file) {
  return file.type.startsWith("image/");
}
