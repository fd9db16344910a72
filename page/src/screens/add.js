//! Adding an account: what a site shows, as a QR code or as text.
import { goOnWith, secretForm } from "../parts/account_input.js";
import { qrInput } from "../parts/qr_input.js";
import { h } from "../ui/dom.js";
import { say } from "../ui/words.js";

export function addScreen() {
  const secret = secretForm((text) => goOnWith([text]));
  return {
    title: say("add.title"),
    content: [
      h("p.lead", say("add.lead")),
      h("h2", say("add.picture")),
      qrInput((texts) => goOnWith(texts), secret.takes),
      h("h2", say("add.text")),
      secret,
    ],
  };
}
