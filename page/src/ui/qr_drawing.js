//! QR codes, drawn.
import { encodeQR } from "../libraries.js";
import { s } from "./dom.js";

/** A QR code, black on white whatever the colours of the page. */
export function qrDrawing(text) {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 4 });
  const squares = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  const properties = { viewBox: `0 0 ${rows.length} ${rows.length}`, "shape-rendering": "crispEdges" };
  return s("svg", properties, s("path", { d: squares.join("") }));
}
