//! The WebSocket of `totpkey web`: for browsers without Web Serial, and for simulated keys (docs/reference/bridge.md).
import { Problem } from "../rules/problem.js";

const TOKEN = /^#token=([A-Za-z0-9_-]{20,100}(?:&port=[0-9]{1,5})?)$/;
/** The server's close code when another page has the bridge. */
const TAKEN = 4001;
/** Close reasons that are problems themselves. All others are `unplugged`. */
const REASONS = ["busy", "forbidden", "missing", "stuck"];

/**
 * The token in the page's address, with its port, which are removed from it at once; "" without one. This tab's
 * history keeps them, where no other page can read it: so the page can be loaded again.
 */
export function takeToken() {
  const found = TOKEN.exec(location.hash);
  const token = found ? found[1] : (history.state?.token ?? "");
  if (location.hash) history.replaceState({ token }, "", location.href.split("#")[0]);
  return token;
}

export class Bridge {
  /** `onkeys(keys, everyday)` is called with the present keys, `onend(problem)` when the bridge ends. */
  constructor(token, onkeys, onend) {
    const [secret, port] = token.split("&port=");
    this.socket = new WebSocket(`ws://127.0.0.1:${location.port || port}/serial`, `totpkey.${secret}`);
    this.socket.binaryType = "arraybuffer";
    this.onkeys = onkeys;
    this.onend = onend;
    this.reached = false;
    this.socket.onopen = () => (this.reached = true);
    this.socket.onmessage = ({ data: content }) => this.hear(content);
    this.socket.onclose = ({ code }) => this.end(code);
  }

  /** A transport for the key of that name. Throws Problem. */
  open(key) {
    return new Promise((resolve, reject) => {
      this.opening = { key, resolve, reject };
      this.send({ do: "open", key });
    });
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  hear(content) {
    if (typeof content !== "string") return this.transport?.onbytes?.(new Uint8Array(content));
    const message = JSON.parse(content);
    if (message.event === "keys") this.onkeys(message.keys, message.everyday);
    if (message.event === "opened") this.opened();
    if (message.event === "closed") this.closed(message.reason);
    if (message.event === "refused" && this.opening) this.closed("busy");
    return undefined;
  }

  /** End it. Another page may have the bridge then. */
  close() {
    this.onend = () => {};
    this.socket.close();
  }

  opened() {
    this.transport = new BridgeTransport(this);
    this.opening?.resolve(this.transport);
    this.opening = null;
  }

  closed(reason) {
    const problem = new Problem(REASONS.includes(reason) ? reason : "unplugged");
    const transport = this.transport;
    this.transport = null;
    this.opening?.reject(problem);
    this.opening = null;
    if (reason !== "asked") transport?.onlost?.(problem);
  }

  end(code) {
    const name = code === TAKEN ? "bridge_taken" : this.reached ? "bridge_ended" : "bridge_refused";
    const problem = new Problem(name);
    this.opening?.reject(problem);
    this.transport?.onlost?.(problem);
    this.transport = this.opening = null;
    this.onend(problem);
  }
}

class BridgeTransport {
  constructor(bridge) {
    this.bridge = bridge;
  }

  async write(bytes) {
    if (this.bridge.transport !== this) throw new Problem("unplugged");
    // Sent at once, so that the caller may overwrite its data.
    this.bridge.socket.send(bytes.slice());
  }

  async close() {
    if (this.bridge.transport === this && this.bridge.socket.readyState === WebSocket.OPEN) {
      this.bridge.send({ do: "close" });
    }
  }
}
