//! The two ways to a key's serial port: Web Serial of the browser itself, and the WebSocket of `totpkey web`, for
//! browsers without it and for simulated keys (docs/reference/bridge.md).
import { DEFINITION } from "../definition.js";
import { Problem } from "../rules/problem.js";

/** USB ignores the rate, except that opening at 1200 restarts CircuitPython into its boot loader. */
const BAUD = 115200;
/** How long the browser may take to close the port for a page that is loaded again, and how often to look, in ms. */
const [CHANGE_OVER, AGAIN] = [2000, 100];

/** Whether this page is from `totpkey web`: the browser would keep its permission for what is at that address next. */
export function isServed() {
  return location.protocol === "http:";
}

export function hasSerial() {
  return "serial" in navigator && !isServed();
}

/** Ports that the person has allowed before, those of boards that may be a key. */
export async function allowedPorts() {
  const known = new Set(DEFINITION.vendors);
  return (await navigator.serial.getPorts()).filter((port) => known.has(port.getInfo().usbVendorId));
}

/** Let the person choose a port in the browser's list, with `all` also of other vendors. Throws Problem. */
export async function choosePort(all) {
  const filters = DEFINITION.vendors.map((usbVendorId) => ({ usbVendorId }));
  try {
    return await navigator.serial.requestPort(all ? {} : { filters });
  } catch (error) {
    throw new Problem(error.name === "NotFoundError" ? "cancelled" : "serial_forbidden");
  }
}

export class SerialTransport {
  /** Open a port. Throws Problem(busy). */
  static async open(port, patience = CHANGE_OVER) {
    try {
      await port.open({ baudRate: BAUD, bufferSize: 4096 });
    } catch (error) {
      if (error.name === "InvalidStateError") throw new Problem("busy_here");
      if (patience <= 0) throw new Problem("busy");
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
      return SerialTransport.open(port, patience - AGAIN);
    }
    // The key sends once DTR is set. Not every system has DTR.
    await port.setSignals({ dataTerminalReady: true }).catch(() => {});
    return new SerialTransport(port);
  }

  constructor(port) {
    this.port = port;
    this.writer = port.writable.getWriter();
    this.open = true;
    this.gone = () => this.end(new Problem("unplugged"));
    port.addEventListener("disconnect", this.gone);
    this.reading = this.read();
  }

  async write(bytes) {
    try {
      await this.writer.write(bytes);
    } catch {
      this.end(new Problem("unplugged"));
      throw new Problem("unplugged");
    }
  }

  async read() {
    while (this.open && this.port.readable) {
      this.reader = this.port.readable.getReader();
      try {
        for (;;) {
          const { value, done } = await this.reader.read();
          if (done) return;
          this.onbytes?.(value);
        }
      } catch {
        // After a line error (such as a framing error) there is a new reader, after a lost port none.
      } finally {
        this.reader.releaseLock();
      }
    }
    this.end(new Problem("unplugged"));
  }

  end(problem) {
    if (!this.open) return;
    this.open = false;
    this.onlost?.(problem);
    void this.release();
  }

  async close() {
    this.open = false;
    await this.release();
  }

  async release() {
    this.port.removeEventListener("disconnect", this.gone);
    try {
      await this.reader?.cancel();
      await this.reading;
      this.writer.releaseLock();
      await this.port.close();
    } catch {
      // It is gone already, so there is nothing to close.
    }
  }
}

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
