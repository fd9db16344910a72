//! Restores the accounts of a backup onto a key.
import { LARGEST_BACKUP, openBackup, readBackup } from "../rules/backup.js";
import { Problem } from "../rules/problem.js";
import { freshId, h } from "../ui/dom.js";
import { go } from "../ui/router.js";
import { form, progress, takeText, textField } from "../ui/widgets.js";
import { say, sayDay } from "../ui/words.js";

export function restoreScreen() {
  const id = freshId("file");
  const file = h("input", { id, type: "file" });
  const passphrase = textField(say("lock.passphrase_field"), { hidden: true });
  const bar = progress(say("lock.deriving"));
  const open = async () => {
    const sealed = await readFile(file.files[0]);
    const text = takeText(passphrase);
    const { accounts, notes } = await bar.during((set) => openBackup(sealed, text, set));
    if (!notes) return go("add_many", { accounts });
    const done = say("restore.opened", { count: accounts.length, day: sayDay(sealed.made) });
    return go("restore_notes", { accounts, notes, done });
  };
  const fileField = h("div.field", h("label", { for: id }, say("restore.file")), file);
  return {
    title: say("restore.title"),
    content: [h("p.lead", say("restore.lead")), form(say("restore.open"), open, fileField, passphrase, bar)],
  };
}

async function readFile(file) {
  if (!file) throw new Problem("backup_choose");
  if (file.size > LARGEST_BACKUP) throw new Problem("backup_none");
  return readBackup(await file.text());
}

export function restoreNotesScreen({ accounts, notes }) {
  return {
    fleeting: true,
    title: say("restore.title"),
    content: [
      h("h2", say("restore.notes")),
      h("pre", notes),
      form(say("next"), () => go("add_many", { accounts })),
    ],
  };
}
