//! Input of QR codes: a pasted, dropped or chosen picture, the camera, a shared screen.
import { announce } from "../ui/announce.js";
import { h } from "../ui/dom.js";
import { canLook, codesInFile, openStream, watchStream } from "../ui/qr_reader.js";
import { button } from "../ui/widgets.js";
import { say } from "../ui/words.js";
import { acceptTransfers, fileInput, isPicture } from "./transfers.js";

/**
 * A button that reads the screen, others below it, and a drop zone. `onTexts(texts)` is called with the texts of
 * a picture's codes; `onPasted(text)` with text that is pasted outside of all fields.
 */
export function qrInput(onTexts, onPasted = () => {}) {
  const input = fileInput({ accept: "image/*", multiple: true });
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
  acceptTransfers(zone, { input, wanted: isPicture, read, onText: onPasted });
  return zone;
}
