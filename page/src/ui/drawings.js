//! The page's pictures, drawn from shapes. The text says the same, so they are hidden from
//! screen readers unless they have a label.
import { s } from "./dom.js";
import { say } from "./words.js";

function drawing(width, height, label, ...shapes) {
  const described = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return s("svg", { viewBox: `0 0 ${width} ${height}`, class: "drawing", ...described }, shapes);
}

function box(x, y, width, height, kind, rounding = 6) {
  return s("rect", { x, y, width, height, rx: rounding, class: kind });
}

function words(x, y, text, kind = "") {
  return s("text", { x, y, class: kind }, text);
}

/** The key: its light is "blue", "green" or "" (off); its button pulses where it `waits`. */
export function keyDrawing(light, waits) {
  return drawing(220, 90, null, ...keyShapes(light, waits));
}

function keyShapes(light, waits) {
  return [
    box(8, 30, 46, 30, "metal", 3),
    box(18, 37, 10, 6, "hole", 1),
    box(18, 47, 10, 6, "hole", 1),
    box(54, 15, 150, 60, "body", 14),
    s("circle", { cx: 92, cy: 45, r: 7, class: `led ${light}` }),
    s("circle", { cx: 160, cy: 45, r: 19, class: waits ? "ring pulse" : "ring" }),
    s("circle", { cx: 160, cy: 45, r: 15, class: "push" }),
  ];
}

/** A small key for the head of the page. */
export function logo() {
  return drawing(
    44,
    24,
    null,
    box(0, 7, 10, 10, "metal", 2),
    box(10, 3, 33, 18, "body", 6),
    s("circle", { cx: 19, cy: 12, r: 2.5, class: "led blue" }),
    s("circle", { cx: 33, cy: 12, r: 5, class: "push" }),
  );
}

function browser(...shapes) {
  return [
    box(1, 1, 318, 168, "paper", 10),
    s("path", { d: "M1 24h318", class: "line" }),
    ...[14, 26, 38].map((cx) => s("circle", { cx, cy: 13, r: 3.5, class: "soft" })),
    box(60, 7, 200, 12, "soft", 6),
    ...shapes,
  ];
}

/** A picture of a QR code without content: corners, then dots in rows. */
const CORNER = "h5v5h-5zm1 1v3h3v-3zm.75.75h1.5v1.5h-1.5z";
const DOTS = ["012456", "01568", "0246", "1345", "02367", "0156"];

function codeSquare(x, y, size) {
  const dots = DOTS.flatMap((row, line) =>
    [...row].map((column) => `M${5.5 + Number(column)} ${5.5 + 1.25 * line}h1v1h-1z`),
  );
  const shape = `M0 0${CORNER}M9 0${CORNER}M0 9${CORNER}${dots.join("")}`;
  return s("path", {
    d: shape,
    class: "ink",
    "fill-rule": "evenodd",
    transform: `translate(${x} ${y}) scale(${size})`,
  });
}

/** The site's page with the code and the link to its secret; `pasted` marks the link, else the code. */
export function codePage(link, pasted, label) {
  return drawing(
    320,
    170,
    label,
    ...browser(
      codeSquare(30, 40, 6),
      box(150, 44, 130, 8, "soft", 4),
      box(150, 60, 100, 8, "soft", 4),
      words(30, 150, link, "link"),
      pasted
        ? box(22, 136, Math.max(100, widthOf(link) + 16), 21, "mark", 10)
        : box(22, 32, 101, 101, "mark", 10),
    ),
  );
}

/** About how wide words are, in the language that is chosen now. */
function widthOf(text) {
  return [...String(text)].reduce((sum, letter) => sum + (letter > "\u2e80" ? 13 : 6.6), 0);
}

/** The menu of Seller Central with its login settings. */
export function settingsPage(label) {
  return drawing(
    320,
    170,
    label,
    ...browser(
      words(196, 44, say("drawing.settings"), "strong"),
      box(186, 52, 120, 60, "sheet", 6),
      words(196, 71, say("drawing.account")),
      words(196, 96, say("drawing.login"), "strong"),
      box(190, 81, 112, 23, "mark", 8),
      words(16, 136, say("drawing.two_step")),
      box(250, 122, 50, 22, "press", 11),
      words(264, 137, say("drawing.edit"), "on"),
    ),
  );
}

/** The field for the code, the cursor in it, and the key with its button. */
export function codeField(button, label) {
  const digits = ["4", "0", "7", "2"];
  return drawing(
    320,
    170,
    label,
    ...browser(
      box(24, 42, 150, 8, "soft", 4),
      box(24, 60, 150, 34, "field-box", 6),
      digits.map((digit, index) => words(40 + index * 17, 83, digit, "digit")),
      box(110, 67, 2, 20, "caret", 0),
      box(18, 54, 162, 46, "mark", 10),
      box(24, 112, Math.max(90, widthOf(button) + 20), 26, "press", 13),
      words(34, 129, button, "on"),
    ),
    s("g", { transform: "translate(192 66) scale(.56)" }, keyShapes("green", true)),
  );
}
