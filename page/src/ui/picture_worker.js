//! The Worker that reads pictures (reader.js): a hostile one must not freeze the page, so it is ended when it is late.
import { Problem } from "../rules/problem.js";

/** How long reading one picture may take, in seconds. */
const LONGEST = 10;

const [library, program] = ["reader-library", "reader"].map((id) => document.getElementById(id).textContent);
const address = URL.createObjectURL(new Blob([library, program], { type: "text/javascript" }));
/** The only policy that the page allows, once. It starts this program, whatever it is asked for. */
const policy = globalThis.trustedTypes?.createPolicy("reader", { createScriptURL: () => address });

export class PictureWorker {
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
