"""The only place that touches CircuitPython's hardware modules; `screen` is the part of it for displays,
`spi` that for a secure element, `usb_memory` and `pin_memory` that for what CircuitPython does not tell.

`boot.py` and `safemode.py` touch them too, before anything else runs.

All of the rest of the firmware sees these classes and whole numbers.
"""

import time

import board
import busio
import digitalio
import keypad
import microcontroller
import neopixel_write
import supervisor
import usb_cdc
import usb_hid
import watchdog
from adafruit_hid.keyboard import Keyboard as HidKeyboard

from . import restart_notes
from .heap import forget
from .ticks import since
from .usb_memory import UsbMemory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nvm import ByteArray

    from totpkey_protocol.boards import Board

    from .screen import Screen
    from .spi import Wire

#: How often the button is looked at, in seconds.
_BUTTON_INTERVAL = 0.004
#: The longest that RP2040's watchdog can wait is 8.3 s (RP2040 datasheet 4.7).
_WATCHDOG = 8.0
#: How long the computer may take to read a last reply, in ms.
_FLUSH = 500
#: Modifiers and usages of a report, after its ID (HID 1.11 appendix B.1).
_FIRST_BYTE, _LAST_BYTE = 1, 8


class Bus:
    """The I2C bus to the clock chip. Methods raise OSError when the chip does not answer."""

    def __init__(self, i2c: busio.I2C) -> None:
        self._i2c = i2c
        # Nothing else is on this bus: locked once, for good.
        while not i2c.try_lock():
            pass

    def write(self, address: int, data: "bytes | bytearray") -> None:
        self._i2c.writeto(address, data)

    def write_then_read(self, address: int, data: "bytes | bytearray", into: bytearray) -> None:
        self._i2c.writeto_then_readfrom(address, data, into)

    def pause(self, milliseconds: int) -> None:
        """Let time go by between two transfers."""
        time.sleep(milliseconds / 1000)


class Lamp:
    """The status light, whatever its kind: a NeoPixel or a chain of them, three LEDs or one."""

    def __init__(self, names: "tuple[str, ...]", power: str, pixels: int) -> None:
        if power:
            self._power = _output(power, True)
        self._pixel = _output(names[0], False) if names == ("NEOPIXEL",) else None
        self._pixels = pixels
        self._resting = b""
        self._dark = len(names) == 3
        self._leds = [] if self._pixel else [_output(name, self._dark) for name in names]

    def show(self, red: int, green: int, blue: int) -> None:
        """Show a colour, each part 0 to 255. One plain LED is on for any colour but black."""
        if self._pixel:
            data = bytearray((green, red, blue)) * self._pixels
            if self._resting and not any(data):
                data[: len(self._resting)] = self._resting
            neopixel_write.neopixel_write(self._pixel, data)
        elif len(self._leds) == 1:
            self._leds[0].value = bool(red or green or blue)
        else:
            for led, part in zip(self._leds, (red, green, blue)):
                led.value = (part > 0) != self._dark

    def rest(self, colours: bytes) -> None:
        """What a chain of NeoPixels shows instead of nothing: green, red, blue of each from the first on."""
        self._resting = colours[: 3 * self._pixels]
        self.show(0, 0, 0)


class _HidDevice:
    """One of CircuitPython's HID devices. The library takes any object with these attributes, but at
    CircuitPython's own it would sleep, a second at a time, until a computer has come.
    """

    def __init__(self, device: usb_hid.Device) -> None:
        self.usage_page = device.usage_page
        self.usage = device.usage
        self.send_report = device.send_report
        self.get_last_received_report = device.get_last_received_report


class Keyboard(HidKeyboard):  # type: ignore[misc]
    """The USB keyboard. `report` is its eight-byte input report (HID 1.11 appendix B.1), to be filled in.

    The library's `press` and `release` send whenever they are called, and allocate memory. A code needs each
    report at its own moment, and no garbage collection in between: `send_report` sends what `report` holds.
    """

    def __init__(self) -> None:
        super().__init__([_HidDevice(device) for device in usb_hid.devices])
        self._memory = UsbMemory()

    def ready(self) -> bool:
        """Whether a computer has configured the key and has not suspended it."""
        return supervisor.runtime.usb_connected

    def was_reset(self) -> bool:
        """Whether the bus was reset since the last call; True at the first."""
        return self._memory.was_reset()

    def waits(self) -> bool:
        """Whether the last report still waits for the computer's poll."""
        return self._memory.waits()

    def send_report(self) -> bool:
        """Hand `report` to USB, unless no computer takes it. Call it only while no other report waits:
        CircuitPython would wait for that, and raises OSError after 2 s.

        Some 20 us pass between the look at the bus and the call. A report for a bus that was suspended
        meanwhile waits, and wakes the computer after 2 s.
        """
        if not supervisor.runtime.usb_connected:
            return False
        self._keyboard_device.send_report(self.report)
        return True

    def withdraw(self) -> None:
        """Turn the report that waits into one in which no key is down."""
        self._memory.clear(_FIRST_BYTE, _LAST_BYTE)

    def leds(self) -> int:
        """The computer's lock keys, if it has just told: bit 0 NumLock, bit 1 CapsLock; else -1."""
        told = self._keyboard_device.get_last_received_report()
        return told[0] if told else -1

    def ticks(self) -> int:
        """Milliseconds; see `ticks`."""
        return supervisor.ticks_ms()


class Serial:
    """The serial port of the setup face."""

    def __init__(self, port: usb_cdc.Serial) -> None:
        self._port = port
        # The defaults wait for ever.
        port.timeout = 0
        port.write_timeout = 0.5
        #: A program did not read: nothing more is written until it has taken what waits for it.
        self._unread = False

    @property
    def connected(self) -> bool:
        """Whether a program on the computer has the port open (DTR)."""
        return self._port.connected

    def read(self) -> bytes:
        """What has arrived, at most 256 bytes."""
        waiting = self._port.in_waiting
        return self._port.read(waiting) if waiting else b""

    def write(self, data: "bytes | memoryview") -> None:
        """Send all of `data`. If a program does not read, drop this and all later replies until it does."""
        if self._unread:
            if self._port.out_waiting or not self._port.connected:
                return
            self._unread = False
            # What was given up on may have ended within a line.
            self._port.write(b"\n")
        view = memoryview(data)
        while len(view) and self._port.connected:
            written = self._port.write(view)
            if not written:
                self._unread = True
                return
            view = view[written:]

    def flush(self) -> None:
        """Wait until the computer has taken what was written, or gave up: the port's own flush does not."""
        start = supervisor.ticks_ms()
        while self._port.out_waiting and since(start, supervisor.ticks_ms()) < _FLUSH:
            time.sleep(0.001)
        # The last packet has left the buffer, but not yet the wire.
        time.sleep(0.01)

    def clear(self) -> None:
        """Drop what has come and what was not sent yet."""
        self._port.reset_input_buffer()
        if self._port.out_waiting:
            self._port.reset_output_buffer()
            # It may have been cut within a line.
            self._unread = True


class Platform:
    """The board the firmware runs on."""

    def __init__(self) -> None:
        self.board = board.board_id
        self._definition = definition = _definition(self.board)
        self.lamp = Lamp(definition.light, definition.power, definition.pixels)
        self.keyboard = Keyboard()
        self.pull_ups = True
        self.serial = Serial(usb_cdc.data) if usb_cdc.data else None
        #: Whether a finger was on the button before this: `keypad` tells nothing of it until it has gone.
        self.down_at_start = _is_down(definition.button)
        self._keys = keypad.Keys(
            (getattr(board, definition.button),),
            value_when_pressed=False,
            pull=True,
            interval=_BUTTON_INTERVAL,
        )
        self._more_keys = None
        if definition.keys:
            pins = tuple([getattr(board, name) for name in definition.keys])
            self._more_keys = keypad.Keys(pins, value_when_pressed=False, pull=True)
        #: Those of them that are down, a bit each.
        self._down = 0
        self._event = keypad.Event()
        self._pins = None
        if not self.serial:
            # From here on `keypad` hears a touch, unless flash is erased. Setup has no memory for this.
            from .pin_memory import PinMemory

            self._pins = PinMemory([getattr(board, name) for name in (definition.button,) + definition.keys])
        if microcontroller.watchdog is None:
            raise RuntimeError("this board has no watchdog")
        self._watchdog = microcontroller.watchdog

    def bus(self) -> "Bus | None":
        """The I2C bus, or None where no pull-ups are found on its pins, so no clock is wired."""
        try:
            scl, sda = getattr(board, self._definition.scl), getattr(board, self._definition.sda)
            return Bus(busio.I2C(scl, sda, frequency=400_000))
        except RuntimeError:
            self.pull_ups = False
            return None

    def element_wire(self) -> "Wire | None":
        """A wire to a secure element, None where the board has no pins for one."""
        from .spi import find

        return find(self.board, self.rest)

    def screen(self) -> "Screen | None":
        """The board's display, if it has one."""
        if not self._definition.display:
            return None
        from .screen import Screen

        return Screen(getattr(board, "DISPLAY"))  # noqa: B009 - most boards have none

    def next_edge(self) -> "tuple[bool, int] | None":
        """The button's next change, oldest first: whether it is down now, and the ticks when it was seen."""
        if not self._keys.events.get_into(self._event):
            return None
        return self._event.pressed, self._event.timestamp

    def touched(self) -> bool:
        """Whether the button has changed."""
        return len(self._keys.events) > 0

    def fell(self) -> bool:
        """Whether the button or a key went down since the last call, and is up again. `keypad` misses that
        while the chip erases flash, for then it runs nothing else. A key that it takes for down was heard.
        """
        return self._pins is not None and not self._down and self._pins.fell()

    def next_key(self) -> "tuple[int, int] | None":
        """The next of the board's further keys that went down, counted from 0, and the ticks of that."""
        while self._more_keys and self._more_keys.events.get_into(self._event):
            number = self._event.key_number
            if self._event.pressed:
                self._down |= 1 << number
                return number, self._event.timestamp
            self._down &= ~(1 << number)
            # Its contacts may have bounced.
            self.fell()
        return None

    def ticks(self) -> int:
        """Milliseconds; see `ticks`."""
        return supervisor.ticks_ms()

    def feed(self) -> None:
        """Tell the watchdog that all is well."""
        self._watchdog.feed()

    def rest(self, idle: bool = False) -> None:
        """Let USB and the rest of CircuitPython have a moment, and feed the watchdog.

        While nothing is under way it is a longer one, still shorter than it takes to see a finger.
        """
        self.feed()
        time.sleep(0.003 if idle else 0.001)

    @property
    def nvm(self) -> "ByteArray":
        """4 KB of flash beside the drive: programmed where its bytes are fresh, else erased first."""
        if microcontroller.nvm is None:
            raise RuntimeError("this board has no NVM")
        return microcontroller.nvm

    def guard(self) -> None:
        """Start the watchdog: a key that hangs comes back by itself, in its everyday face."""
        self._watchdog.timeout = _WATCHDOG
        self._watchdog.mode = watchdog.WatchDogMode.RESET
        supervisor.runtime.autoreload = False

    @property
    def uid(self) -> str:
        """The chip's unique id, in hexadecimal; USB shows it as the serial number."""
        return "".join([f"{byte:02x}" for byte in microcontroller.cpu.uid])


def _definition(board_id: str) -> "Board":
    from totpkey_protocol.boards import BOARDS

    definition = BOARDS[board_id]
    # The other boards would take 3 kB of heap.
    forget(("totpkey_protocol.boards",))
    return definition


def circuitpython_version() -> str:
    """The version of CircuitPython, as "10.1.3"; a sealed one adds "+sealed", and a date stands behind it."""
    import os

    return os.uname().version.split(" ")[0]


def restart(face: str = "") -> None:
    """Reset the chip, and come up in `face` (`restart_notes.SETUP` or `EVERYDAY`), or as after a plug-in."""
    restart_notes.request(face)
    microcontroller.reset()


def _is_down(name: str) -> bool:
    pin = digitalio.DigitalInOut(getattr(board, name))
    pin.pull = digitalio.Pull.UP
    down = not pin.value
    pin.deinit()
    return down


def _output(name: str, value: bool) -> digitalio.DigitalInOut:
    pin = digitalio.DigitalInOut(getattr(board, name))
    pin.switch_to_output(value)
    return pin
