//! A conversation with a key: a method for each command that the page uses. And its clock, set to this computer's so
//! that both seconds begin together, compensating for the delay, as host/totpkey/clock/synchronise.py does it.
import { DEFINITION } from "../definition.js";
import { nameOf } from "../rules/account.js";
import { fromBase64, fromHex, joinBytes, randomBytes, toHex } from "../rules/bytes.js";
import { codeOf } from "../rules/crypto.js";
import { readLoans } from "../rules/lending.js";
import { Problem, Refused } from "../rules/problem.js";
import { Conversation } from "./conversation.js";

export class Key extends Conversation {
  /** Open the conversation on a transport, and begin the session. Throws Problem: wrong_port, old_key, new_key. */
  static async greet(transport, listeners) {
    const key = new Key(transport, listeners);
    try {
      const [theirs, ours] = [(await key.hello())?.protocol, DEFINITION.protocol];
      // Another version may say everything else in another way.
      if (Number.isInteger(theirs) && theirs !== ours)
        throw new Problem(theirs < ours ? "old_key" : "new_key", { theirs, ours });
      await key.refresh();
      return key;
    } catch (problem) {
      await key.close();
      throw problem.name === "no_answer" ? new Problem("wrong_port") : problem;
    }
  }

  /** Ask again for the key's identity and state. */
  async refresh() {
    this.info = await this.ask("hello");
    return this.info;
  }

  /**
   * Store an account and prove it: the key's code for this moment must be the one computed here. Returns
   * the account's id and code. Throws Problem(proof), Refused.
   */
  async add(account) {
    const proof = Math.floor(Date.now() / 1000);
    const added = await this.ask("add", { ...account, secret: toHex(account.secret), proof });
    if (added.code !== (await codeOf(account, proof))) throw new Problem("proof", { account: added.account });
    return added;
  }

  /**
   * Add many accounts with one press. `onproved(account)` is called for each that is stored and proved.
   * Returns those that the key cannot type. Throws Problem, Refused.
   */
  async addAll(accounts, onproved) {
    const untyped = [];
    for (const [index, account] of accounts.entries()) {
      const left = accounts.length - index;
      if (index % DEFINITION.limits.BATCH === 0) {
        await this.batch(Math.min(left, DEFINITION.limits.BATCH));
      }
      try {
        await this.add(account);
        onproved(account);
      } catch (problem) {
        if (!(problem instanceof Refused && problem.code === "cannot_type")) throw problem;
        untyped.push(account);
      }
    }
    return untyped;
  }

  /** Let so many accounts in by one touch. */
  batch(count) {
    return this.ask("batch", { count, random: random() });
  }

  /** Make the key ready, unless that is done. Unless exports are `allowed` it never gives accounts away. */
  async makeReady(allowed) {
    if (this.info.state !== "blank") return;
    await this.ask("init", { export: Number(allowed), random: random() });
    await this.refresh();
  }

  /** Throw Problem for a key that never gives accounts away. */
  async checkExport() {
    const { export: allowed } = await this.ask("slots");
    if (!allowed) throw new Problem("errors.export_off");
  }

  /** All accounts in the key's order. `chosen` is set at the one that a press types. */
  async list() {
    const pages = await this.pages("list");
    const accounts = pages.flatMap((page) => page.accounts);
    this.names = new Map(accounts.map((account) => [account.account, nameOf(account)]));
    return accounts.map((account, place) => ({ ...account, chosen: place === pages.at(-1).chosen }));
  }

  /** Every account without an end, encrypted with the 32 bytes `derived`, after one hold of the button. */
  async exportAll(derived) {
    const pages = await this.pages("export", { derived: toHex(derived) });
    return pages.filter((page) => page.sealed).map((page) => fromBase64(page.sealed));
  }

  /** What the key has lent, with the accounts' names; nothing of older firmware. Throws Problem. */
  async loans() {
    await this.list();
    try {
      const pages = await this.pages("loans");
      const loans = readLoans(joinBytes(...pages.map((page) => fromBase64(page.loans))));
      for (const loan of loans) loan.name = this.names.get(loan.account) ?? loan.account;
      const { lost, count } = pages[0];
      return { loans, lost: Boolean(lost), gone: count - loans.length };
    } catch (refused) {
      if (refused.code !== "unknown_command") throw refused;
      return { loans: [], lost: false, gone: 0 };
    }
  }

  async pages(name, given = {}) {
    const pages = [];
    for (let start = 0; ; ) {
      const page = await this.ask(name, { ...given, start });
      pages.push(page);
      if (page.next >= page.total) return pages;
      if (page.next <= start) throw new Problem("bad_reply", { command: name });
      start = page.next;
    }
  }

  /** The parameters for deriving the passphrase's key. */
  async passphraseParameters() {
    const { salt, ...rest } = await this.ask("passphrase");
    return { ...rest, salt: fromHex(salt) };
  }

  /** End setup. The port goes away, perhaps before its last bytes are read. */
  async done() {
    this.onlost = null;
    try {
      await this.ask("done");
    } catch (problem) {
      if (problem.name !== "unplugged") throw problem;
    }
    await this.close();
  }
}

/** Random bytes for the key, in case its own generator fails. */
function random() {
  return toHex(randomBytes(32));
}

const TRIES = 3;
/** A key that is further off than this after setting, in seconds, is set once more. */
const SET_AGAIN_ABOVE = 0.05;
/** By how many ms a computer's clock may be wrong: a browser does not tell whether anything keeps it right. */
const ERROR = 2000;

const now = () => Date.now() / 1000;
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, Math.max(seconds, 0) * 1000));

/** How far a key's clock is ahead of this computer, in seconds, from the quickest of three questions. */
export async function measureOffset(key) {
  let best = { seconds: 0, uncertainty: Infinity };
  for (let trial = 0; trial < TRIES; trial += 1) {
    const asked = now();
    const reply = await key.ask("time");
    const answered = now();
    const seconds = reply.time + reply.milliseconds / 1000 - (asked + answered) / 2;
    const uncertainty = (answered - asked) / 2;
    if (uncertainty < best.uncertainty) best = { seconds, uncertainty };
  }
  return best.seconds;
}

/**
 * Set the key's clock, and return the remaining offset. The key asks for its gesture if it learns from this how
 * its clock drifts, or if its drift does not explain the new time. Throws Problem(computer_clock), Refused.
 */
export async function synchroniseClock(key) {
  if (now() < DEFINITION.made || now() >= DEFINITION.limits.TIME_MOST) throw new Problem("computer_clock");
  await setOnTheSecond(key);
  const left = await measureOffset(key);
  if (Math.abs(left) <= SET_AGAIN_ABOVE) return left;
  await setOnTheSecond(key);
  return measureOffset(key);
}

async function setOnTheSecond(key) {
  let delay = Infinity;
  for (let trial = 0; trial < TRIES; trial += 1) {
    const asked = now();
    await key.refresh();
    delay = Math.min(delay, (now() - asked) / 2);
  }
  await key.ask("set_time", async () => {
    const time = Math.floor(now() + delay) + 1;
    await wait(time - delay - now());
    return { time, within: ERROR };
  });
}
