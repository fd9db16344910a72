//! A text that somebody has sent: pasted, or dropped or chosen as a file, or as a picture of its QR code.
import { Problem } from "../rules/problem.js";
import { h } from "../ui/dom.js";
import { codesInFile } from "../ui/qr_reader.js";
import { at, button, form, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";
import { acceptTransfers, fileInput, isPicture } from "./transfers.js";

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
