//! Reads the QR codes of one picture after the other, as a Worker that the page can end (ui/qr_reader.js).
import { pixelsIn, renderings } from "./rules/pictures.js";

// Another project's code: a script that runs before this one defines it (page/reader_library.js).
const { decodeQRBatch } = globalThis.libraries;

/** Longer sides of a picture, in pixels, are scaled down to this: a phone's photo has 4000. */
const MOST_PIXELS = 3000;
/** Renderings may take so many times as long as the picture itself. */
const AGAIN = 4;

/** Asked with a file or an ImageBitmap as `picture`, answers with the `texts` of its codes or with a `problem`. */
addEventListener("message", async ({ data: { picture, effort } }) => {
  postMessage(await textsIn(picture, effort).catch(() => ({ problem: "no_picture" })));
});

async function textsIn(picture, effort) {
  if (picture instanceof ImageBitmap) return { texts: await codesOn(picture, effort) };
  const start = await picture.slice(0, 1 << 20).arrayBuffer();
  if (pixelsIn(start) > 1e8) return { problem: "huge_picture" };
  return { texts: await codesOn(await createImageBitmap(picture), effort) };
}

/** The texts of all codes in a bitmap, each once. Closes it. Of a frame of a camera, the next one is its rendering. */
async function codesOn(bitmap, effort) {
  const image = pixelsOf(bitmap);
  bitmap.close();
  let found = await codesIn(image, effort);
  const end = Date.now() + effort.timeLimit * AGAIN;
  for (const rendering of effort.effort > 1 ? renderings(image) : []) {
    if (found.length || Date.now() > end) break;
    found = await codesIn(rendering, effort);
    rendering.data.fill(0);
  }
  image.data.fill(0);
  return found;
}

async function codesIn({ width, height, data }, effort) {
  const [results] = await decodeQRBatch([{ width, height, data }], {
    ...effort,
    maxSize: { width, height },
  });
  return [...new Set([results].flat().filter((result) => typeof result === "string"))];
}

function pixelsOf(bitmap) {
  const scale = Math.min(1, MOST_PIXELS / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  // Transparent parts of a screenshot count as white.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  context.clearRect(0, 0, width, height);
  return pixels;
}
