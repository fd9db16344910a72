//! A text to give to somebody else: saved as a file, or copied.
import { Problem } from "../rules/problem.js";
import { announce } from "../ui/announce.js";
import { fill, h } from "../ui/dom.js";
import { button } from "../ui/widgets.js";
import { say } from "../ui/words.js";

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
