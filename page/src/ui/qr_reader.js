//! QR codes in pictures: pasted, dropped, chosen, from the camera or from a shared screen. A Worker reads them
//! (reader.js): a hostile picture must not freeze the page, so the Worker is ended when it is late.
import { Problem } from "../rules/problem.js";

/** How long reading one picture may take, in seconds. */
const LONGEST = 10;

const [library, program] = ["reader-library", "reader"].map((id) => document.getElementById(id).textContent);
const address = URL.createObjectURL(new Blob([library, program], { type: "text/javascript" }));
/** The only policy that the page allows, once. It starts this program, whatever it is asked for. */
const policy = globalThis.trustedTypes?.createPolicy("reader", { createScriptURL: () => address });

class PictureWorker {
  #worker = null;

  /** The texts of the codes in `picture`, a file or an ImageBitmap. `file` names it. Throws Problem. */
  async read(picture, effort, file = "") {
    this.#worker ??= new Worker(policy ? policy.createScriptURL("") : address);
    const late = { problem: "slow_picture", seconds: LONGEST };
    const { texts, problem, seconds } = await answer(this.#worker, { picture, effort }, late);
    if (!problem) return texts;
    if (seconds) this.end();
    throw new Problem(problem, { file, seconds });
  }

  /** End what it does. Afterwards it may be asked again. */
  end() {
    this.#worker?.terminate();
    this.#worker = null;
  }
}

/** What the Worker answers, or `late`. */
function answer(worker, message, late) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(late), late.seconds * 1000);
    const done = (found) => {
      clearTimeout(timer);
      resolve(found);
    };
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = () => done({ problem: "no_picture" });
    worker.postMessage(message, message.picture instanceof ImageBitmap ? [message.picture] : []);
  });
}

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
