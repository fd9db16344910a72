//! Files and texts that come and go: what is pasted, dropped or chosen anywhere on a screen, QR codes of pictures, of
//! the camera and of a shared screen, what somebody has sent, and what is given to somebody else.
import { Problem } from "../rules/problem.js";
import { fill, h } from "../ui/dom.js";
import { canLook, codesInFile, openStream, watchStream } from "../ui/qr_reader.js";
import { announce, at, attempt, button, form, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** Where files are read now: the part that was shown last. What comes while it reads waits for its turn. */
let place = null;
let turn = Promise.resolve();

/** An input for files. It is never seen: a button clicks it. */
function fileInput(properties = {}) {
  return h("input", { type: "file", class: "away", tabindex: -1, "aria-hidden": "true", ...properties });
}

/**
 * Accept it while `zone` is on the screen: `read(files)` gets those that are `wanted(file)`, `onText(text)` the
 * text that is there without any, but not what is pasted into a field. `input` is for files that are chosen.
 */
function acceptTransfers(zone, { input, wanted, read, onText }) {
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

function isPicture(file) {
  return file.type.startsWith("image/");
}

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

/** No card and no file is longer, in bytes. */
const LARGEST = 16384;

/** A form for it, whose button says `words`. `use(text)` may throw a Problem, which stays at the field. */
export function sentText(label, words, use) {
  const field = textField(label, { hint: say("sent.hint") });
  // Of any type: mail, chat and the command give such files names of their own.
  const input = fileInput();
  const take = () =>
    use(field.input.value).catch((problem) => {
      throw problem instanceof Problem && !problem.code ? at(field, problem) : problem;
    });
  const choose = button(say("sent.file"), () => input.click());
  const element = form(words, take, field, h("div.row", choose), input);
  const submit = (text) => {
    field.input.value = text;
    element.requestSubmit();
  };
  const read = async ([file]) => submit(await textIn(file));
  acceptTransfers(element, { input, wanted: () => true, read, onText: submit });
  return element;
}

async function textIn(file) {
  if (isPicture(file)) return (await codesInFile(file))[0];
  if (file.size > LARGEST) throw new Problem("sent_large");
  return file.text();
}

/** Its `content`, `save()`, and `end()`, after which it cannot be saved. `name`: of the file. */
export function handOut(text, name) {
  const address = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  const link = h("a.wide", { href: address, download: name }, say("backup.save", { name }));
  const copy = button(say("sent.copy"), async () => {
    await navigator.clipboard.writeText(text).catch(() => {
      throw new Problem("no_clipboard");
    });
    fill(copy, say("sent.copied"));
    announce(say("sent.copied"));
  });
  return {
    content: h("div.stack.hand-out", link, copy),
    save: () => link.click(),
    end: () => URL.revokeObjectURL(address),
  };
}
