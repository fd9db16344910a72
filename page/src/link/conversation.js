//! Requests and their replies, one at a time, over any transport.
//
// A transport has write(bytes) and close(), both giving promises, and calls onbytes(bytes) and
// onlost(problem), which the conversation sets.
import { DEFINITION } from "../definition.js";
import { fromUtf8, randomBytes, toHex } from "../rules/bytes.js";
import { Problem, Refused } from "../rules/problem.js";
import { checkReply, decodeLine, encodeRequest } from "./protocol.js";
import { Session } from "./session.js";

/** How long a key may take to answer, and how often `hello` is repeated until then, in ms. */
const ANSWER_WAIT = 5000;
const HELLO_AGAIN = 500;
/**
 * The most that one timer counts, in ms, however late it is. A browser stands still while its computer sleeps
 * or is overloaded, which says nothing about the key: its answer may be on its way.
 */
const PIECE = 1000;
/** A key that reads or rewrites many pages may take this long, in ms. */
export const REWRITE_WAIT = 30000;
/** What answers with a code, which is sealed to the session. */
const CODES = ["add", "code"];

export class Conversation {
  /**
   * `onnotice({id, gesture, hold, seconds, counted, presses, agreed})` is called while the key waits for its
   * button, each second and with each press, and with null when the wait is over. `onlog(command, outcome)` is
   * called after each request, with words of the protocol only.
   */
  constructor(transport, { onnotice = () => {}, onlog = () => {} } = {}) {
    this.transport = transport;
    this.onnotice = onnotice;
    this.onlog = onlog;
    this.pending = null;
    this.session = null;
    this.lost = null;
    this.line = [];
    this.turn = Promise.resolve();
    // A random start, so that replies to an earlier program are not mistaken for ours.
    // In the lower half of all: a session's ids only rise.
    this.id = new DataView(randomBytes(4).buffer).getUint32(0) & (DEFINITION.limits.REQUEST_ID >> 1);
    transport.onbytes = (bytes) => this.take(bytes);
    transport.onlost = (problem) => this.lose(problem);
  }

  /** Send a request and return the checked fields of its reply. Throws Problem, Refused. */
  ask(name, given = {}, wait = ANSWER_WAIT) {
    return this.inTurn(async () => {
      if (DEFINITION.commands[name].session) await this.ensureSession();
      return this.exchange(name, given, wait);
    });
  }

  /** Begin a session now: a request that has to arrive in time must not wait for that. */
  beginSession() {
    return this.inTurn(() => this.ensureSession());
  }

  /** From now on requests prove that they are this page's. */
  async ensureSession() {
    if (this.session) return;
    const session = new Session();
    await this.exchange("session", { key: toHex(session.key) }, ANSWER_WAIT);
    this.session = session;
  }

  /** Requests are answered in order. */
  inTurn(work) {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  /** Ask who is there until it answers. Throws Problem(no_answer). */
  hello(wait = ANSWER_WAIT) {
    return this.inTurn(async () => {
      // This ends a partial line from an earlier program. The key ignores a blank line.
      await this.write(new Uint8Array([10]));
      // A slow key may answer the first after the second was sent, and so on.
      const ids = new Set();
      for (let left = wait; ; left -= HELLO_AGAIN) {
        try {
          return await this.exchange("hello", {}, HELLO_AGAIN, false, ids);
        } catch (problem) {
          if (problem.name !== "no_answer" || left <= HELLO_AGAIN) throw problem;
        }
      }
    });
  }

  /** Withdraw the request that waits for the button: a key ends it when this page asks for anything else. */
  async withdraw() {
    const { pending } = this;
    if (!pending) return;
    pending.withdrawn = true;
    this.id = (pending.id + 1) & DEFINITION.limits.REQUEST_ID;
    await this.write(await this.frame("hello", this.id, {}));
  }

  /** A request's bytes, with its MAC in a session. */
  async frame(name, id, given) {
    const frame = encodeRequest(name, id, given);
    if (!this.session) return frame;
    const proved = await this.session.proved(frame);
    frame.fill(0);
    if (proved.length > DEFINITION.limits.FRAME) throw new Refused("frame_too_long");
    return proved;
  }

  async close() {
    this.lose(new Problem("closed"), false);
    await this.transport.close();
  }

  async write(bytes) {
    if (this.lost) throw this.lost;
    await this.transport.write(bytes);
  }

  /** `ids` are those of earlier requests that mean the same: a reply to any of them is the answer. */
  async exchange(name, given, wait, checked = true, ids = new Set()) {
    this.id = (this.id + 1) & DEFINITION.limits.REQUEST_ID;
    const id = this.id;
    ids.add(id);
    const frame = await this.frame(name, id, given);
    const answered = new Promise((resolve, reject) => {
      this.pending = { id, ids, name, wait, resolve, reject, anonymous: checked };
      this.expect(wait);
    });
    try {
      await Promise.all([this.write(frame), answered]);
      this.onlog(name, "ok");
      // The caller checks a hello itself, since it has the version of everything else.
      if (!checked) return await answered;
      const reply = checkReply(name, await answered);
      if (!CODES.includes(name)) return reply;
      return { ...reply, code: await this.session.opened(id, reply.sealed, name) };
    } catch (problem) {
      // Another program has begun one, so the next request begins another.
      if (problem instanceof Refused && problem.code === "no_session") this.session = null;
      this.onlog(name, problem.name);
      throw problem;
    } finally {
      frame.fill(0);
      clearTimeout(this.timer);
      this.pending = null;
      this.onnotice(null);
    }
  }

  expect(wait, name = "no_answer") {
    clearTimeout(this.timer);
    const late = () =>
      wait > PIECE ? this.expect(wait - PIECE, name) : this.pending?.reject(new Problem(name));
    this.timer = setTimeout(late, Math.min(wait, PIECE));
  }

  /** Split the data into lines, and drop lines that are longer than a frame. */
  take(bytes) {
    for (const byte of bytes) {
      if (byte !== 10) {
        if (this.line.length <= DEFINITION.limits.FRAME) this.line.push(byte);
        continue;
      }
      const line = this.line;
      this.line = [];
      if (line.length < DEFINITION.limits.FRAME) this.hear(decodeLine(fromUtf8(new Uint8Array(line)) ?? ""));
    }
  }

  hear(message) {
    const pending = this.pending;
    if (!pending || !message) return;
    const ours = pending.ids.has(message.id);
    if (ours && "ok" in message) pending.resolve(message.ok);
    else if ("error" in message && (ours || (pending.anonymous && message.id === null))) {
      pending.reject(pending.withdrawn ? new Problem("withdrawn") : refusal(message));
    } else if (ours) {
      this.hearOfTouch(message, pending);
    }
  }

  hearOfTouch(message, pending) {
    if (message.notice === "touch") {
      pending.touch = {
        id: pending.id,
        consent: DEFINITION.commands[pending.name].consent,
        gesture: counts(message.gesture),
        hold: message.hold === 1,
        seconds: within(message.seconds, DEFINITION.limits.PRESS_WAIT),
      };
      this.tellOfTouch({ counted: "", presses: 0 });
    } else if (pending.touch && message.notice === "waits") {
      this.tellOfTouch({ counted: counts(message.counted), presses: within(message.presses, 0) });
    } else if (pending.touch && message.notice === "agreed") {
      this.onnotice({ ...pending.touch, counted: pending.touch.gesture, presses: 0, agreed: true });
      this.expect(pending.wait);
    }
  }

  /** Tell how far the touch has come. The key does so every second; else something has ended the request. */
  tellOfTouch(progress) {
    this.onnotice({ ...this.pending.touch, ...progress, agreed: false });
    this.expect(DEFINITION.limits.BEAT_LOST * 1000, "no_longer_waits");
  }

  lose(problem, tell = true) {
    if (this.lost) return;
    this.lost = problem;
    this.pending?.reject(problem);
    if (tell) this.onlost?.(problem);
  }
}

function refusal({ error, field }) {
  return new Refused(String(error), String(field ?? ""));
}

/** The counts of a gesture from a key: few digits, whatever it says. */
function counts(value) {
  return String(value ?? "")
    .replace(/[^1-9]/g, "")
    .slice(0, 4);
}

/** A time from a key, in seconds, limited to a plausible range. */
function within(value, otherwise) {
  return Number.isInteger(value) ? Math.min(Math.max(value, 0), DEFINITION.limits.SETUP_IDLE) : otherwise;
}
