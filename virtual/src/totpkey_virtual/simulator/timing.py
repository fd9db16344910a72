"""How long operations take on the chip, in ns of device time.

Measured on CircuitPython 10.1.3 on an emulated RP2040 unless a comment says otherwise. The simulator does not
measure speed. It charges for operations that make the firmware wait, and a small constant for all others.
"""

from __future__ import annotations

from totpkey_virtual.simulator.machine import MS, SECOND, US

#: From power-on to the first line of boot.py, and from there to that of code.py. A sealed CircuitPython lacks
#: the published one's two waits, which are 1200 ms.
START = 5 * MS
BOOT_TO_CODE = 18 * MS
#: CircuitPython waits before it rewrites boot_out.txt, in case the power is about to fail.
BOOT_OUTPUT_WAIT = SECOND
#: From code.py's first line until the computer has configured the key.
CONFIGURATION = 146 * MS
#: From the end of a reset of the port until the computer has configured the key again.
RECONFIGURATION = 25 * MS
#: From the end of a run to the first line of the next one.
RELOAD = 900 * MS

#: One call into a module that does nothing slow, such as checking a queue.
CALL = 30 * US
#: One turn of a `while` loop.
LOOP = 10 * US

#: The keyboard's bInterval.
HID_INTERVAL = 8 * MS
#: How long `send_report` waits for the computer.
HID_TIMEOUT = 2 * SECOND
#: How long a computer takes to send the state of its lock keys after configuration (Linux).
HID_LEDS = 90 * MS
#: How long the bus is idle before a device suspends; how long resume signalling lasts (USB 2.0 section
#: 7.1.7).
SUSPEND = 3 * MS
RESUME = 20 * MS
#: One 64-byte bulk packet at full speed: 19 fit into a frame of 1 ms (USB 2.0 table 5-9).
BULK_PACKET = 53 * US

#: Erasing one 4 KB sector; programming one 256-byte page.
ERASE = 45 * MS
PROGRAM = 500 * US

#: One block of 16 bytes through AES-256.
AES_BLOCK = 64 * US

#: Nine clock periods per byte, and what CircuitPython adds to a transfer.
I2C_BITS_PER_BYTE = 9
I2C_OVERHEAD = 300 * US
