//! Makes an encrypted backup of all accounts, in a file and on paper, and restores one onto a key.
import { DEFINITION } from "../definition.js";
import { sayGaps, sayLoan } from "../parts/lent_words.js";
import { newPassphraseFields } from "../parts/lock_fields.js";
import { nameOf } from "../rules/account.js";
import {
  joinPaper,
  LARGEST_BACKUP,
  openBackup,
  paperCodes,
  readBackup,
  writeBackup,
} from "../rules/backup.js";
import { toHex } from "../rules/bytes.js";
import { derive, newParameters } from "../rules/locks.js";
import { Problem } from "../rules/problem.js";
import { confirmed } from "../ui/dialogs.js";
import { fill, freshId, h } from "../ui/dom.js";
import { qrDrawing } from "../ui/drawings.js";
import { codesInFile } from "../ui/qr_reader.js";
import { back, go, replace, state } from "../ui/router.js";
import { button, form, notice, progress, takeText, textField } from "../ui/widgets.js";
import { say, sayDay } from "../ui/words.js";

/** So many seconds before what a gesture has allowed ends, nothing more is asked by it. */
const MARGIN = 10;

export async function backupScreen() {
  await state.key.checkExport();
  const fields = newPassphraseFields();
  const id = freshId("notes");
  const notes = h("textarea", { id, rows: 3, spellcheck: "false", autocomplete: "off" });
  const make = async () => {
    const passphrase = fields.take();
    const text = notes.value;
    notes.value = "";
    const { count, ...backup } = await sealedBackup(passphrase, text, fields.bar);
    await replace("backup_saved", { backup, count });
  };
  const notesField = h("div.field", h("label", { for: id }, say("backup.notes")), notes);
  return {
    title: say("backup.title"),
    content: [h("p.lead", say("backup.lead")), form(say("backup.make"), make, fields.content, notesField)],
  };
}

/** The backup's text and name, read back, opened, and compared with what the key lists. */
async function sealedBackup(passphrase, typed, bar) {
  const parameters = newParameters();
  const derived = await bar.during((set) => derive(passphrase, parameters, set));
  const records = await state.key.exportAll(derived);
  const stored = await state.key.list();
  const note = noteFor(state.key, toHex(derived), stored.length);
  const notes = await withBook(typed);
  // Accounts with an end are in no backup.
  const names = stored.filter((account) => !account.end).map(nameOf);
  const { key } = state.key.info;
  const made = Math.floor(Date.now() / 1000);
  const text = await writeBackup({ key, made, derived, parameters, records, notes });
  derived.fill(0);
  const opened = await bar.during((set) => openBackup(readBackup(text), passphrase, set));
  const found = opened.accounts.map(nameOf);
  for (const account of opened.accounts) account.secret.fill(0);
  if (found.join("\n") !== names.join("\n")) throw new Problem("backup_other");
  const day = new Date().toISOString().slice(0, 10);
  return { text, key, made, name: `totpkey-${key.slice(-6)}-${day}.backup`, count: names.length, note };
}

/** The notes, and behind them what the key has lent, each loan in a line. */
async function withBook(notes) {
  const book = await state.key.loans();
  const lines = [...book.loans.map(sayLoan), ...sayGaps(book)];
  return [notes, lines.length && [say("loans.title"), ...lines].join("\n")].filter(Boolean).join("\n\n");
}

/** Tells the key that the backup is stored, as long as that needs no further gesture. */
function noteFor(key, derived, start) {
  const until = performance.now() + 1000 * (DEFINITION.limits.GRANT_IDLE - MARGIN);
  return async () => {
    if (state.key === key && performance.now() < until) await key.ask("export", { derived, start });
  };
}

/**
 * The backup is made, and not yet on the disk: no page can see whether a browser has saved a file. So the
 * download starts by itself, and the person says that the file is there before the screen is left.
 */
export function backupSavedScreen({ backup, count }) {
  const { text, name, note } = backup;
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = h("a", { href: address, download: name, class: "wide" }, say("backup.save", { name }));
  const leaving = () =>
    confirmed(say("backup.leave_question"), {
      agree: say("backup.leave"),
      keep: say("backup.stay"),
      detail: say("backup.leave_detail", { name }),
    });
  const paper = h("section.sheet.paper-pages");
  const putOnPaper = async () => {
    fill(paper, await paperPages(backup));
    print();
  };
  let has = false;
  const finish = async () => {
    await note();
    has = true;
    return back({ done: say("backup.done", { count }) });
  };
  return {
    title: say("backup.save_title"),
    content: [
      notice("odd", say("backup.made", { count }), say("backup.left", { name })),
      h("div.stack", link, button(say("backup.have"), finish, "main")),
      h("p", say("backup.keep")),
      h("div.row", button(say("paper.print"), putOnPaper)),
      paper,
    ],
    shown: () => link.click(),
    leaving: async () => has || (await leaving()),
    leave: () => URL.revokeObjectURL(address),
  };
}

/** Codes on a page: two columns of three, on A4 and on US Letter. */
const PER_PAGE = 6;

/** The pages of a backup: `text` of its file, `key` it is of, when it was `made`. */
async function paperPages({ text, key, made }) {
  const codes = await paperCodes(text);
  const [count, pages] = [codes.length, Math.ceil(codes.length / PER_PAGE)];
  const codeAt = (code, place) =>
    h("figure", h("figcaption", say("paper.code", { number: place + 1, count })), qrDrawing(code));
  return Array.from({ length: pages }, (_, page) =>
    h(
      "article",
      h("h2", say("paper.title", { key, day: sayDay(made) })),
      h("p", say("paper.page", { page: page + 1, pages })),
      h("p", say("paper.use")),
      h("div.codes-of-page", codes.map(codeAt).slice(page * PER_PAGE, (page + 1) * PER_PAGE)),
    ),
  );
}

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
