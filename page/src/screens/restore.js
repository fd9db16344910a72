//! Restores the accounts of a backup onto a key.
import { LARGEST_BACKUP, openBackup, readBackup } from "../rules/backup.js";
import { joinPaper } from "../rules/paper.js";
import { Problem } from "../rules/problem.js";
import { freshId, h } from "../ui/dom.js";
import { codesInFile } from "../ui/qr_reader.js";
import { go } from "../ui/router.js";
import { form, progress, takeText, textField } from "../ui/widgets.js";
import { say, sayDay } from "../ui/words.js";

export function restoreScreen() {
  const [id, about] = [freshId("file"), freshId("hint")];
  const file = h("input", { id, type: "file", multiple: true, "aria-describedby": about });
  const passphrase = textField(say("lock.passphrase_field"), { hidden: true });
  const bar = progress(say("lock.deriving"));
  const open = async () => {
    const sealed = readBackup(await textOf([...file.files]));
    const text = takeText(passphrase);
    const { accounts, notes } = await bar.during((set) => openBackup(sealed, text, set));
    if (!notes) return go("add_many", { accounts });
    const done = say("restore.opened", { count: accounts.length, day: sayDay(sealed.made) });
    return go("restore_notes", { accounts, notes, done });
  };
  const hint = h("p.hint", { id: about }, say("restore.paper"));
  const fileField = h("div.field", h("label", { for: id }, say("restore.file")), file, hint);
  return {
    title: say("restore.title"),
    content: [h("p.lead", say("restore.lead")), form(say("restore.open"), open, fileField, passphrase, bar)],
  };
}

/** The text of a backup: of its file, or of photos of all its pages. */
async function textOf(files) {
  const [file] = files;
  if (!file) throw new Problem("backup_choose");
  if (files.length > 1 || file.type.startsWith("image/")) return textOnPaper(files);
  if (file.size > LARGEST_BACKUP) throw new Problem("backup_none");
  return file.text();
}

async function textOnPaper(photos) {
  const texts = [];
  for (const photo of photos) texts.push(...(await codesInFile(photo)));
  return joinPaper(texts);
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
