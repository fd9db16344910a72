//! QR codes in pictures: pasted, dropped, chosen, from the camera or from a shared screen.
import { decodeQRBatch } from "../libraries.js";
import { pixelsIn } from "../rules/picture_size.js";
import { Problem } from "../rules/problem.js";

/** Longer sides of a picture, in pixels, are scaled down to this: a phone's photo has 4000. */
const MOST_PIXELS = 3000;
/** How long one picture may be searched, in ms: longer for a chosen file than for a frame of the camera. */
const FILE_EFFORT = { effort: 8, timeLimit: 1500 };
const FRAME_EFFORT = { effort: 1, timeLimit: 60 };

/** The texts of all codes in a file. Throws Problem(no_picture, no_code, huge_picture). */
export async function codesInFile(file) {
  if (pixelsIn(await file.slice(0, 1 << 20).arrayBuffer()) > 1e8) throw new Problem("huge_picture");
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Problem("no_picture");
  }
  const canvas = drawn(bitmap, bitmap.width, bitmap.height);
  bitmap.close();
  const found = await codesOn(canvas, FILE_EFFORT);
  if (!found.length) throw new Problem("no_code");
  return found;
}

function drawn(source, width, height) {
  const scale = Math.min(1, MOST_PIXELS / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  // Transparent parts of a screenshot count as white.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The texts of all codes on a canvas, each once. Clears the canvas. */
async function codesOn(canvas, effort) {
  const context = canvas.getContext("2d");
  const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const [results] = await decodeQRBatch([{ width, height, data }], {
    ...effort,
    maxSize: { width, height },
  });
  data.fill(0);
  context.clearRect(0, 0, width, height);
  return [...new Set([results].flat().filter((result) => typeof result === "string"))];
}

/** Pictures among pasted or dropped data, or its text if there are none. */
export function picturesIn(transfer) {
  const files = [...(transfer?.files || [])].filter((file) => file.type.startsWith("image/"));
  return { files, text: files.length ? "" : transfer?.getData("text/plain") || "" };
}

/** Whether this browser can capture the screen. */
export function canLook() {
  return Boolean(navigator.mediaDevices?.getDisplayMedia);
}

/** A stream of the camera, or of the screen that the person chooses. Throws Problem. */
export async function openStream(kind) {
  const devices = navigator.mediaDevices;
  const missing = kind === "camera" ? "no_camera" : "no_screen";
  try {
    if (kind === "screen") return await devices.getDisplayMedia({ video: true, audio: false });
    const video = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    return await devices.getUserMedia({ video, audio: false });
  } catch (error) {
    throw new Problem(error.name === "NotAllowedError" ? `${kind}_denied` : missing);
  }
}

/**
 * Look at a stream in `video` until it shows a code, `signal` is aborted, or the video is no longer on the page.
 * Returns the texts, or none. The stream is stopped either way.
 */
export async function watchStream(video, stream, signal) {
  video.srcObject = stream;
  const ended = new Promise((resolve) => {
    signal.addEventListener("abort", resolve);
    stream.getVideoTracks()[0].addEventListener("ended", resolve);
  });
  let over = false;
  ended.then(() => (over = true));
  try {
    await Promise.race([video.play(), ended]);
    while (!over && video.isConnected) {
      const found = video.videoWidth ? await codesInFrame(video) : [];
      if (found.length) return found;
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 120))]);
    }
    return [];
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

function codesInFrame(video) {
  return codesOn(drawn(video, video.videoWidth, video.videoHeight), FRAME_EFFORT);
}
