//! A backup to print: pages of QR codes. It stays encrypted.
import { paperCodes } from "../rules/paper.js";
import { h } from "../ui/dom.js";
import { qrDrawing } from "../ui/qr_drawing.js";
import { say, sayDay } from "../ui/words.js";

/** Codes on a page: two columns of three, on A4 and on US Letter. */
const PER_PAGE = 6;

/** The pages of a backup: `text` of its file, `key` it is of, when it was `made`. */
export async function paperPages({ text, key, made }) {
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
