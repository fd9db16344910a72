//! The browser's own way to serial ports: Web Serial.
import { DEFINITION } from "../definition.js";
import { Problem } from "../rules/problem.js";

/** Any rate but 1200 will do on USB; opened at 1200, CircuitPython restarts into its boot loader. */
const BAUD = 115200;

export function hasSerial() {
  return "serial" in navigator;
}

/** Ports that the person has allowed before, those of boards that may be a key. */
export async function allowedPorts() {
  const known = new Set(DEFINITION.vendors);
  return (await navigator.serial.getPorts()).filter((port) => known.has(port.getInfo().usbVendorId));
}

/** Have the person choose a port in the browser's list, `all` for those of other vendors too. Throws Problem. */
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
  static async open(port) {
    try {
      await port.open({ baudRate: BAUD, bufferSize: 4096 });
    } catch (error) {
      throw new Problem(error.name === "InvalidStateError" ? "busy_here" : "busy");
    }
    // The key talks once the line says that somebody listens. Not every system has such a line.
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
        // A fault of the line (a framing error, say) leaves another reader; a lost port leaves none.
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
    this.release();
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
      // It is gone already, and with it all that there was to close.
    }
  }
}
