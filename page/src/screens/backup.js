// A sealed backup of all accounts, in a file.
import { nameOf } from "../rules/account.js";
import { openBackup, readBackup, writeBackup } from "../rules/backup.js";
import { freshId, h } from "../ui/dom.js";
import { home } from "./home.js";
import { newPassphraseFields } from "./locks.js";
import { derive, newParameters } from "../rules/passphrase.js";
import { Problem } from "../rules/problem.js";
import { form, notice, onLeave, show, stage, touching } from "../ui/app.js";
import { say } from "../ui/words.js";

export async function backupScreen() {
  const { export: allowed } = await stage.key.ask("slots");
  if (!allowed) throw new Problem("errors.export_off");
  const fields = newPassphraseFields();
  const id = freshId("notes");
  const notes = h("textarea", { id, rows: 3, spellcheck: "false", autocomplete: "off" });
  const make = async () => {
    const passphrase = fields.take();
    const text = notes.value;
    notes.value = "";
    savedScreen(await sealedBackup(passphrase, text, fields.bar));
  };
  show(
    say("backup.title"),
    { back: home },
    h("p.lead", say("backup.lead")),
    form(
      say("backup.make"),
      make,
      fields.content,
      h("div.field", h("label", { for: id }, say("backup.notes")), notes),
    ),
  );
}

/** The backup's text and name, read back, opened, and compared with what the key lists. */
async function sealedBackup(passphrase, notes, bar) {
  const parameters = newParameters();
  const derived = await bar.during((set) => derive(passphrase, parameters, set));
  const records = await touching(say("touch.export"), () => stage.key.exportAll(derived));
  const names = (await stage.key.list()).map(nameOf);
  const { key } = stage.key.told;
  const text = await writeBackup({ key, made: Math.floor(Date.now() / 1000), derived, parameters, records, notes });
  derived.fill(0);
  const opened = await bar.during((set) => openBackup(readBackup(text), passphrase, set));
  const found = opened.accounts.map(nameOf);
  for (const account of opened.accounts) account.secret.fill(0);
  if (found.join("\n") !== names.join("\n")) throw new Problem("backup_other");
  const day = new Date().toISOString().slice(0, 10);
  return { text, name: `totpkey-${key.slice(-6)}-${day}.backup`, count: names.length };
}

function savedScreen({ text, name, count }) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = h("a", { href: address, download: name, class: "wide" }, say("backup.save", { name }));
  show(
    say("backup.title"),
    { back: home },
    notice("good", say("backup.done", { count })),
    link,
    h("p", say("backup.keep")),
  );
  onLeave(() => URL.revokeObjectURL(address));
  link.click();
}
