//! Input of QR codes: a pasted, dropped or chosen picture, the camera, a shared screen.
import { announce } from "../ui/announce.js";
import { h } from "../ui/dom.js";
import { canLook, codesInFile, openStream, picturesIn, watchStream } from "../ui/qr_reader.js";
import { attempt, button } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/**
 * A button that reads the screen, others below it, and a drop zone. `onTexts(texts)` is called with the texts of
 * a picture's codes; `onPasted(text)` with text that is pasted outside of all fields.
 */
export function qrInput(onTexts, onPasted = () => {}) {
  const input = h("input", {
    type: "file",
    accept: "image/*",
    multiple: true,
    class: "away",
    tabindex: -1,
    "aria-hidden": "true",
  });
  const video = h("video", { muted: true, playsinline: true, "aria-label": say("look.video") });
  const stop = h("button", { type: "button" }, say("look.stop"));
  const live = h("div.live", { hidden: true }, video, stop);
  const others = h(
    "div.row",
    button(say("look.file"), () => input.click()),
    button(say("look.camera"), () => watch("camera")),
  );
  const zone = h(
    "div.zone",
    canLook() && button(say("look.screen"), () => watch("screen"), "main"),
    h("details", { open: !canLook() }, h("summary", say("look.others")), h("p", say("look.drop")), others),
    input,
    live,
  );
  const read = async (files) => {
    announce(say("look.reading"));
    const texts = [];
    for (const file of files) texts.push(...(await codesInFile(file)));
    await onTexts(texts);
  };
  const watch = async (kind) => {
    const stopped = new AbortController();
    const stream = await openStream(kind);
    live.hidden = false;
    stop.onclick = () => stopped.abort();
    try {
      const texts = await watchStream(video, stream, stopped.signal);
      if (texts.length) await onTexts(texts);
    } finally {
      live.hidden = true;
    }
  };
  input.addEventListener("change", () =>
    attempt(zone, () => read([...input.files])).then(() => (input.value = "")),
  );
  listen(zone, read, onPasted);
  return zone;
}

/** Accept pictures and text pasted or dropped anywhere, while the zone is on the screen. */
function listen(zone, read, onPasted) {
  const take = (event, transfer) => {
    const { files, text } = picturesIn(transfer);
    const inField = event.target.matches?.("input, textarea");
    if (!files.length && (inField || !text.trim())) return;
    event.preventDefault();
    if (files.length) attempt(zone, () => read(files));
    else onPasted(text);
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
