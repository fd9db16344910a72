// Putting the accounts of a backup onto a key.
import { LARGEST_BACKUP, openBackup, readBackup } from "../rules/backup.js";
import { h, freshId } from "../ui/dom.js";
import { manyScreen } from "./add_many.js";
import { Problem } from "../rules/problem.js";
import { form, notice, progress, show, taken, textField } from "../ui/app.js";
import { say, sayDay } from "../ui/words.js";

export function restoreScreen(back) {
  const id = freshId("file");
  const file = h("input", { id, type: "file" });
  const passphrase = textField(say("lock.passphrase_field"), { hidden: true });
  const bar = progress(say("lock.deriving"));
  const open = async () => {
    const [chosen] = file.files;
    if (!chosen) throw new Problem("backup_choose");
    if (chosen.size > LARGEST_BACKUP) throw new Problem("backup_none");
    const sealed = readBackup(await chosen.text());
    const text = taken(passphrase);
    await openedScreen(sealed, await bar.during((set) => openBackup(sealed, text, set)), back);
  };
  show(
    say("restore.title"),
    { back },
    h("p.lead", say("restore.lead")),
    form(say("restore.open"), open, h("div.field", h("label", { for: id }, say("restore.file")), file), passphrase, bar),
  );
}

function openedScreen(sealed, { accounts, notes }, back) {
  const next = () => manyScreen(accounts, [], back);
  if (!notes) return next();
  return show(
    say("restore.title"),
    { back },
    notice("good", say("restore.opened", { count: accounts.length, day: sayDay(sealed.made) })),
    h("h2", say("restore.notes")),
    h("pre", notes),
    form(say("next"), next),
  );
}
