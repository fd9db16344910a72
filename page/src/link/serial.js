//! The browser's own way to serial ports: Web Serial.
import { DEFINITION } from "../definition.js";
import { Problem } from "../rules/problem.js";

/** USB ignores the rate, except that opening at 1200 restarts CircuitPython into its boot loader. */
const BAUD = 115200;

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
  static async open(port) {
    try {
      await port.open({ baudRate: BAUD, bufferSize: 4096 });
    } catch (error) {
      throw new Problem(error.name === "InvalidStateError" ? "busy_here" : "busy");
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
