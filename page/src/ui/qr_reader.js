//! QR codes in pictures: pasted, dropped, chosen, from the camera or from a shared screen.
import { Problem } from "../rules/problem.js";
import { PictureWorker } from "./picture_worker.js";

/** How long one picture may be searched, in ms: longer for a chosen file than for a frame of the camera. */
const FILE_EFFORT = { effort: 8, timeLimit: 1500 };
const FRAME_EFFORT = { effort: 1, timeLimit: 60 };

/** The texts of all codes in a file. Throws Problem(no_picture, no_code, huge_picture, slow_picture). */
export async function codesInFile(file) {
  const reader = new PictureWorker();
  try {
    const found = await reader.read(file, FILE_EFFORT, file.name);
    if (!found.length) throw new Problem("no_code");
    return found;
  } finally {
    reader.end();
  }
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
  const reader = new PictureWorker();
  let over = false;
  ended.then(() => (over = true));
  try {
    await Promise.race([video.play(), ended]);
    while (!over && video.isConnected) {
      const found = video.videoWidth ? await codesInFrame(video, reader) : [];
      if (found.length) return found;
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 120))]);
    }
    return [];
  } finally {
    reader.end();
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

/** The texts in what the video shows now; none if that cannot be read. */
async function codesInFrame(video, reader) {
  try {
    return await reader.read(await createImageBitmap(video), FRAME_EFFORT);
  } catch {
    return [];
  }
}
