//! Requests and their replies, one at a time, over any transport.
//
// A transport has write(bytes) and close(), both giving promises, and calls onbytes(bytes) and
// onlost(problem), which the conversation sets.
import { DEFINITION } from "../definition.js";
import { nameOf } from "../rules/account.js";
import { joinBytes, randomBytes, toHex } from "../rules/bytes.js";
import { Problem, Refused } from "../rules/problem.js";
import { checkReply, decode, encodeRequest, Session } from "./protocol.js";

/** How long a key may take to answer, in ms. `hello` is repeated until then. */
const ANSWER_WAIT = 5000;
const HELLO_AGAIN = 500;
/**
 * The most that one timer counts, in ms, however late it is. A browser stands still while its computer sleeps
 * or is overloaded, which says nothing about the key: its answer may be on its way.
 */
const PIECE = 1000;
/** A key that reads or rewrites many pages may take this long, in ms. */
const REWRITE_WAIT = 60000;
/** How long a key may tell of one touch, in ms. A genuine one has given up long before. */
const TOUCH_WAIT = 120000;
/** So often a request is sent in all, if its gesture fails. */
const TRIES = 3;
/** What answers with a code, which is covered. */
const CODES = ["add", "code"];
/** What leaves in doubt what became of a request, and what it is called if nothing has. */
const DOUBTS = { no_answer: "not_done", no_longer_waits: "no_longer_waits", withdrawn: "withdrawn" };
const NOTICES = ["touch", "waits", "agreed"];
const NEWLINE = [10];

export class Conversation {
  /**
   * `onnotice({id, command, name, count, which, gesture, hold, seconds, withdraw, counted, presses, agreed})` is
   * called while the key waits for its button, each second and with each press, and with null when the wait is
   * over. `oncalm(seconds)` lets the time pass in which the key takes no gesture, after one that failed; then the
   * request is sent again. `which` says which of two keys this is. `onstranger()` is called
   * once, when something else than the key speaks in the session. `onlog(command, outcome)` is called after each
   * request, with words of the protocol only.
   */
  constructor(transport, listeners) {
    Object.assign(this, { transport, line: [], tags: new Set() }, listeners);
    /** `info`: the key's identity and state, which it has proved. */
    this.pending = this.session = this.info = this.lost = null;
    this.turn = this.heard = Promise.resolve();
    /** The names of the key's accounts by id, as far as they were listed. */
    this.names = new Map();
    // A random start, so that replies to an earlier program are not mistaken for ours.
    // In the lower half of all: a session's ids only rise.
    this.id = new DataView(randomBytes(4).buffer).getUint32(0) & (DEFINITION.limits.REQUEST_ID >> 1);
    transport.onbytes = (bytes) => this.take(bytes);
    transport.onlost = (problem) => this.lose(problem);
  }

  /**
   * Send a request in the session, and return the checked fields of its reply. `given` may be a function, which
   * gives its fields each time that it is sent. Throws Problem, Refused.
   */
  ask(name, given = {}) {
    return this.inTurn(async () => {
      for (let left = TRIES; ; left -= 1) {
        const fields = typeof given === "function" ? await given() : given;
        try {
          return await this.askOnce(name, fields);
        } catch (problem) {
          if (!problem.calm || !this.oncalm || left === 1) throw problem;
          await this.oncalm(problem.calm);
        }
      }
    });
  }

  async askOnce(name, given) {
    if (!this.session) await this.begin();
    const wait = DEFINITION.slow.includes(name) ? REWRITE_WAIT : ANSWER_WAIT;
    const request = { name, given, wait };
    try {
      return await this.exchange(request);
    } catch (problem) {
      // Another program has begun one, so the next request begins another.
      if (problem.code === "no_session") this.session = null;
      if (this.lost || !(problem.name in DOUBTS)) throw problem;
      if (!DEFINITION.reads.includes(name)) return this.settle(request, problem.name);
      await this.begin();
      return this.exchange({ name, given, wait });
    }
  }

  /** Requests are answered in order. */
  inTurn(work) {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  /** Ask who is there until it answers, which proves nothing yet. Throws Problem(no_answer). */
  async hello() {
    // A slow key may answer the first after the second was sent, and so on.
    const request = { name: "hello", wait: HELLO_AGAIN };
    for (let left = ANSWER_WAIT; ; left -= HELLO_AGAIN) {
      try {
        return await this.exchange(request);
      } catch (problem) {
        if (problem.name !== "no_answer" || left <= HELLO_AGAIN) throw problem;
      }
    }
  }

  /** Begin a session, which ends any other: from now on both sides prove what they say. Throws Problem. */
  async begin(wait = ANSWER_WAIT) {
    const proving = new Session();
    this.session = null;
    this.info = await this.exchange({ name: "session", given: { key: toHex(proving.key) }, wait, proving });
    this.session = Object.assign(proving, { start: this.info.start });
  }

  /**
   * What became of a request whose reply does not come. A new session ends it if it still waits, and tells which
   * request a touch allowed last. Returns {} for one that is done; throws Problem, Refused for any other.
   */
  async settle({ name, wait, proving, tag, touch, made }, doubt) {
    await this.begin(wait).catch(() => {
      throw this.lost ?? new Problem("outcome_unknown");
    });
    const { start, agreed, outcome } = this.info;
    if (agreed !== tag || outcome === "busy") {
      // Had a touch allowed another program's request since, that would hide whether one allowed this.
      const known = start === proving.start || this.tags.has(agreed);
      const never = agreed !== tag && known && !made && (touch || DEFINITION.touched.includes(name));
      throw new Problem(never ? DOUBTS[doubt] : "outcome_unknown");
    }
    if (outcome) throw new Refused(outcome);
    if (doubt === "withdrawn") throw new Problem("done_already");
    if (DEFINITION.commands[name].gives.length) throw new Problem("answer_lost");
    return {};
  }

  async close() {
    this.onlost = null;
    this.lose(new Problem("closed"));
    await this.transport.close();
  }

  /** Send a request, and return the fields of its reply: checked and uncovered, if a session proves them. */
  async exchange(request) {
    if (this.lost) throw this.lost;
    request.proving ??= this.session;
    const { name, given, wait, proving } = request;
    this.id = (this.id + 1) & DEFINITION.limits.REQUEST_ID;
    const id = this.id;
    const text = encodeRequest(name, id, given);
    const tag = this.session ? await this.session.tag(text) : [];
    // The first newline ends what another program has begun, which would otherwise swallow the request.
    const frame = joinBytes(NEWLINE, text, tag, NEWLINE);
    text.fill(0);
    request.tag = String.fromCharCode(...tag);
    if (tag.length) this.tags.add(request.tag);
    request.ids = [...(request.ids ?? []), id];
    const answered = new Promise((resolve, reject) => {
      this.pending = Object.assign(request, { id, sent: performance.now(), resolve, reject });
      this.expect(wait);
    });
    try {
      await Promise.all([this.transport.write(frame), answered]);
      this.onlog(name, "ok");
      const ok = await answered;
      const reply = proving ? checkReply(name, ok) : ok;
      return CODES.includes(name) ? { ...reply, code: await proving.uncovered(id, reply.sealed) } : reply;
    } catch (problem) {
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

  /** Split the data into lines. One that is longer than a frame is cut off, so that it proves nothing. */
  take(bytes) {
    for (const byte of bytes) {
      if (byte !== 10) {
        if (this.line.length <= DEFINITION.limits.FRAME) this.line.push(byte);
        continue;
      }
      const line = new Uint8Array(this.line);
      this.line = [];
      if (line.length) this.heard = this.heard.then(() => this.hear(line));
    }
  }

  /** In a session, what the key has not proved is no message. */
  async hear(line) {
    const { pending } = this;
    const proving = pending ? pending.proving : this.session;
    const text = proving ? await proving.opened(line) : line;
    if (text) return pending && pending === this.pending && this.answer(pending, decode(text));
    // What comes while a session begins may be for an earlier one.
    if (proving !== this.session || this.strange) return undefined;
    this.strange = true;
    return this.onstranger();
  }

  answer(pending, message) {
    const { ids, proving, resolve, reject } = pending;
    if (!ids.includes(message.id)) return;
    if ("ok" in message) resolve(message.ok);
    else if (proving && "error" in message) reject(refusal(message));
    else if (proving && NOTICES.includes(message.notice)) this.hearOfTouch(pending, message);
  }

  hearOfTouch(pending, { notice, ...told }) {
    const { id, name, given, wait } = pending;
    pending.until ??= performance.now() + TOUCH_WAIT;
    // A gesture that comes late may be another request's by now: this page stood still. It is shown once.
    const late =
      notice === "touch" && performance.now() - pending.sent >= 1000 * DEFINITION.limits.PRESS_WAIT;
    if (late || performance.now() > pending.until) return pending.reject(new Problem("no_longer_waits"));
    if (notice === "touch" && pending.touch) return;
    if (notice === "touch") {
      pending.touch = {
        id,
        command: name,
        name: this.names.get(given.account) ?? given.account ?? (given.label && nameOf(given)),
        count: given.count,
        which: this.which,
        consent: DEFINITION.commands[name].consent,
        gesture: counts(told.gesture),
        hold: told.hold === 1,
        seconds: within(told.seconds),
        withdraw: () => pending.reject(new Problem("withdrawn")),
      };
    }
    if (!pending.touch) return;
    const agreed = notice === "agreed";
    const counted = agreed ? pending.touch.gesture : counts(told.counted);
    this.onnotice({ ...pending.touch, counted, presses: within(told.presses), agreed });
    // A key that waits says so every second; else something may have ended the request.
    if (!agreed) return this.expect(1000 * DEFINITION.limits.BEAT_LOST, "no_longer_waits");
    pending.made = true;
    this.expect(wait);
  }

  lose(problem) {
    if (this.lost) return;
    this.lost = problem;
    this.pending?.reject(problem);
    this.onlost?.(problem);
  }
}

/** A key's error, in the letters of the protocol's own. */
function refusal({ error, field, seconds }) {
  const plain = (value) => String(value ?? "").replace(/[^a-z_]/g, "");
  const { CALM } = DEFINITION.limits;
  // After a gesture that failed the key says, or this program knows, when it takes another.
  const calm = { not_agreed: CALM, calm: Math.min(within(seconds) || 1, CALM) }[error] ?? 0;
  return new Refused(plain(error), plain(field), calm);
}

/** The counts of a gesture from a key: few digits, whatever it says. */
function counts(value) {
  return String(value)
    .replace(/[^1-9]/g, "")
    .slice(0, 4);
}

/** A number from a key, limited to a plausible range. */
function within(value) {
  return Number.isInteger(value) ? Math.min(Math.max(value, 0), DEFINITION.limits.SETUP_IDLE) : 0;
}
