//! The page's pictures, drawn from shapes. The text says the same, so they are hidden from
//! screen readers unless they have a label.
import { encodeQR } from "../libraries.js";
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

/** The stick of hardware/ from above, 2.4 units a millimetre. */
const BODY = "M41 6h167l5 5v29l-5 5h-167q-6 0-6-6v-27q0-6 6-6z";

/**
 * The key: its light is "blue", "green", "" (off), or "asks" with a class of consent, which blinks as the key's
 * own does; its button pulses where it `waits`.
 */
export function keyDrawing(light, waits) {
  return drawing(232, 51, null, ...keyShapes(light, waits));
}

/**
 * The presses of a gesture: those that were made are full, the next one pulses. Before a count stands the light
 * that answers the one before.
 */
export function gestureDrawing({ gesture, hold, counted, presses, agreed }) {
  const begun = agreed || counted !== "" || presses > 0;
  const shapes = hold ? [box(0, 8, 44, 16, begun ? "tap made" : "tap", 8)] : [];
  let x = hold ? 52 : 0;
  for (const [place, count] of [...gesture].entries()) {
    const answered = place > 0 && place <= counted.length;
    if (x) shapes.push(box(x, 9, 5, 14, answered ? "led blue" : "led", 2));
    x += 14;
    shapes.push(...taps(x, Number(count), pressed(place, counted.length, presses)));
    x += 22 * count;
  }
  return drawing(x, 32, null, ...shapes);
}

/** The presses of the count at `place`: all before the one under way, none after it. */
function pressed(place, current, presses) {
  if (place === current) return presses;
  return place < current ? Infinity : -1;
}

function taps(x, count, made) {
  return Array.from({ length: count }, (_, at) => {
    const kind = at < made ? "tap made" : at === made ? "tap next" : "tap";
    return s("circle", { cx: x + 8 + 22 * at, cy: 16, r: 7, class: kind });
  });
}

function keyShapes(light, waits) {
  return [
    box(6, 11, 31, 29, "metal", 2),
    box(16, 16, 7, 6, "hole", 1),
    box(16, 29, 7, 6, "hole", 1),
    light && s("ellipse", { cx: 213, cy: 25.5, rx: 18, ry: 20, class: `glow ${light}` }),
    s("path", { d: BODY, class: "body" }),
    s("circle", { cx: 91, cy: 14, r: 1.9, class: "pinhole" }),
    words(128, 31, "totpkey", "engraved"),
    box(210, 19.5, 5, 12, `led ${light}`, 2),
    s("circle", { cx: 183, cy: 25.5, r: 13.5, class: waits ? "ring pulse" : "ring" }),
    s("circle", { cx: 183, cy: 25.5, r: 9.5, class: "push" }),
  ];
}

/** A small key for the head of the page. */
export function logo() {
  return drawing(
    44,
    24,
    null,
    box(0, 8, 8, 8, "metal", 1),
    s("path", { d: "M9 5h32l2 2v10l-2 2h-32q-2 0-2-2v-10q0-2 2-2z", class: "body" }),
    s("circle", { cx: 33, cy: 12, r: 4, class: "push" }),
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

/** The site's page with the code, and below it the link to its setup key, which is marked. */
export function codePage(label) {
  return drawing(
    320,
    170,
    label,
    ...browser(
      codeSquare(30, 40, 6),
      box(150, 44, 130, 8, "soft", 4),
      box(150, 60, 100, 8, "soft", 4),
      box(30, 142, 100, 9, "link", 4),
      box(22, 136, 116, 21, "mark", 10),
    ),
  );
}

/** The menu of Seller Central: what people click has its words, the rest is grey. */
export function settingsPage(label) {
  return drawing(
    320,
    170,
    label,
    ...browser(
      box(196, 35, 62, 10, "soft", 5),
      box(186, 52, 120, 60, "sheet", 6),
      box(196, 62, 76, 9, "soft", 4),
      words(196, 96, say("drawing.login"), "strong"),
      box(190, 81, 112, 23, "mark", 8),
      box(16, 128, 150, 9, "soft", 4),
      box(250, 120, 54, 26, "soft", 13),
    ),
  );
}

/** The field for the code, the cursor in it, and the key with its button. */
export function codeField(label) {
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
      box(24, 112, 104, 26, "soft", 13),
    ),
    s("g", { transform: "translate(190 64) scale(.54)" }, keyShapes("green", true)),
  );
}

/** A QR code, black on white whatever the colours of the page. */
export function qrDrawing(text) {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const squares = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  const properties = { viewBox: `0 0 ${rows.length} ${rows.length}`, "shape-rendering": "crispEdges" };
  return s("svg", properties, s("path", { d: squares.join("") }));
}
