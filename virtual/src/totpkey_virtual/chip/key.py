"""A whole key on the emulated chip: image, drive, clock chip, button, light, and a connected computer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from rp2040py.gpio_pin import GPIOPinState

from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.element_pins import ELEMENT_PINS
from totpkey_virtual.boards import identity
from totpkey_virtual.chip.buses import BitBangedBus, pull_up
from totpkey_virtual.chip.flash import SerialFlash
from totpkey_virtual.chip.machine import Machine, PowerLost
from totpkey_virtual.chip.pio import NeoPixel
from totpkey_virtual.chip.usb_bus import Control, setup
from totpkey_virtual.chip.usb_host import UsbHost
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.ds3231 import DS3231
from totpkey_virtual.flash import DRIVE_START, MB
from totpkey_virtual.key import Usb, VirtualKey
from totpkey_virtual.secure_element import SecureElement
from totpkey_volume import fat, layout, uf2
from totpkey_volume.circuitpython import board_of

#: What a line may be instead of wired.
OPEN, GROUND, SUPPLY, OTHER = "open", "ground", "supply", "other"


class Wiring:
    """GPIO numbers of one board."""

    def __init__(self, name: str) -> None:
        """`name`: CircuitPython's board id. Raises ValueError for one whose pins are not known."""
        self.board: Board = BOARDS[name]
        self._named = identity(name).gpio
        self.button = self._gpio(self.board.button)
        self.light = tuple(self._gpio(pin) for pin in self.board.light)
        self.scl, self.sda = self._gpio(self.board.scl), self._gpio(self.board.sda)
        #: Clock, out, in and chip select for a secure element, if the board has them free.
        self.spi = tuple(self._gpio(pin) for pin in ELEMENT_PINS.get(name, ()))

    @property
    def has_neopixel(self) -> bool:
        return self.board.light == ("NEOPIXEL",)

    @property
    def i2c(self) -> int:
        """The number of the I2C controller that these pins reach (RP2040 datasheet table 2)."""
        return self.sda // 2 % 2

    @property
    def spi_controller(self) -> int:
        """The number of the SPI controller that these pins reach (RP2040 datasheet table 2)."""
        return self.spi[0] // 8 % 2

    def _gpio(self, pin: str) -> int:
        if pin in self._named:
            return self._named[pin]
        if not pin.removeprefix("GP").isdecimal():
            raise ValueError(f"{self.board.name} has no pin {pin} that is known")
        return int(pin.removeprefix("GP"))


#: 2026-01-01 00:00 UTC.
DEFAULT_TIME = 1767225600.0
DEFAULT_ID = bytes.fromhex("E6614103E7174C2F")

#: How often `run_until` evaluates its condition, in seconds of device time.
_LOOK = 0.001


class ChipKey(VirtualKey):
    """A key that runs a real CircuitPython image.

    Device time repeats to the cycle: equal image, drive, calls and `seed` give equal runs. Without a seed
    the random source is stuck.
    """

    _flash: SerialFlash

    def __init__(
        self,
        image: Path,
        drive: Path | None,
        *,
        start_time: float = DEFAULT_TIME,
        unique_id: bytes = DEFAULT_ID,
        alone: Collection[str] = (),
        seed: int | None = 0,
        clock: Callable[[Now], ClockChip] = DS3231,
        element: Callable[[Now], SecureElement] | None = None,
        exchanged: bool = False,
        shorts: Mapping[str, str] | None = None,
    ) -> None:
        """`image`: a CircuitPython UF2. `drive`: the folder that becomes CIRCUITPY, without its
        `source`; None: what `image` holds of it; if that is nothing, CircuitPython formats it.
        `alone`: its files that share no flash sector with others. `unique_id`: the flash chip's 8 bytes.
        `clock`: the kind of its clock chip. `element`: its secure element, if it has one. `exchanged`:
        somebody has swapped the clock's SCL and SDA. `shorts`: which of them, `scl` or `sda`, is OPEN or
        touches GROUND.

        Raises BadUf2, UnknownBoard, VolumeFull, NoCompiler, OSError.
        """
        data = image.read_bytes()
        self.board = board_of(uf2.flash_content(data, 16 * MB))
        self._wiring = Wiring(self.board)
        content = uf2.flash_content(data, self._wiring.board.flash * MB)
        if drive is not None:
            files = layout.on_a_key(fat.folder(drive))
            volume = fat.build(files, len(content) - DRIVE_START, alone)
            content[DRIVE_START:] = volume
        self._flash = SerialFlash(content, unique_id)
        self._seed = seed
        self._unplugged_time = start_time
        self._pressed = False
        self._host_leds = 0
        self._machine: Machine | None = None
        self._host: UsbHost | None = None
        self.usb = Usb()
        self._exchanged, self._shorts = exchanged, shorts or {}
        self._clock = clock(lambda: self.true_time)
        self._element = element(lambda: self.true_time) if element else None

    # Power and time

    @property
    def plugged(self) -> bool:
        return self._machine is not None

    @property
    def cycles(self) -> int:
        """Processor cycles since power-on, at 125 MHz."""
        return int(self._running().core.state.cycles)

    @property
    def ram(self) -> bytearray:
        """The chip's SRAM as it is now, to look at."""
        return self._running().core.memory("sram")

    @property
    def uptime_ms(self) -> float:
        return self._machine.clock.nanos / 1e6 if self._machine else 0.0

    @property
    def true_time(self) -> float:
        return self._unplugged_time + self.uptime_ms / 1000

    def plug(self) -> None:
        if self._machine is not None:
            return
        self._flash.power_on()
        # Each power-on has random bits of its own.
        self._machine = machine = Machine(self._flash, self._seed)
        self._seed = None if self._seed is None else self._seed + 1
        self.usb.reports.clear()
        self._host = UsbHost(machine.usb, machine.clock, self.usb)
        self._host.leds = self._host_leds
        if not self.at_a_computer:
            machine.usb.on_attach = lambda _attached: None
        self._wire_clock(machine)
        self._neopixel = NeoPixel(machine.gpio[self._wiring.light[0]], machine.clock)
        self._wire_button()
        self._wire_element()

    def _wire_clock(self, machine: Machine) -> None:
        scl, sda = machine.gpio[self._wiring.scl], machine.gpio[self._wiring.sda]
        if self._shorts:
            for name, line in (("scl", scl), ("sda", sda)):
                short = self._shorts.get(name)
                if short == GROUND:
                    line.set_input_value(False)
                elif short != OPEN:
                    pull_up(line)
            return
        if not self._exchanged:
            machine.i2c[self._wiring.i2c].devices[self._clock.address] = self._clock
        BitBangedBus(*(sda, scl) if self._exchanged else (scl, sda), (self._clock.address,))

    def unplug(self) -> None:
        self._unplugged_time = self.true_time
        if self._element:
            self._element.power_off()
        self._machine = self._host = None
        self._flash.power_off()
        self.usb.enumeration = None
        self._clock.lose_supply()

    def wait_unplugged(self, seconds: float) -> None:
        if self._machine is not None:
            raise RuntimeError("The key is plugged in. Unplug it first, or let time pass with run().")
        self._unplugged_time += seconds

    def run(self, seconds: float) -> None:
        machine = self._running()
        try:
            machine.run_until(machine.clock.nanos + round(seconds * 1e9))
        except PowerLost:
            self.unplug()

    def run_until(self, condition: Callable[[], bool], limit: float = 10.0) -> bool:
        end = self.uptime_ms + limit * 1000
        while not condition():
            if not self.plugged or self.uptime_ms >= end:
                return False
            self.run(_LOOK)
        return True

    def _running(self) -> Machine:
        if self._machine is None:
            raise RuntimeError("The key has no power. Plug it in first.")
        return self._machine

    def _cable(self) -> UsbHost:
        if self._host is None:
            raise RuntimeError("The key is not plugged in. Plug it in first.")
        return self._host

    # Button and light

    def set_button(self, pressed: bool) -> None:
        self._pressed = pressed
        self._wire_button()

    def _wire_button(self) -> None:
        if self._machine is None:
            return
        pin = self._machine.gpio[self._wiring.button]
        if self._pressed:
            pin.set_input_value(False)
        else:
            pin.release_input()

    def _wire_element(self) -> None:
        if self._machine is None or self._element is None:
            return
        *lines, select = [self._machine.gpio[pin] for pin in self._wiring.spi]
        self._machine.spi[self._wiring.spi_controller].wire(self._element, lines, select)
        self._element.on_power_loss = self._flash.lose_power
        self._element.power_on()

    @property
    def light(self) -> tuple[int, int, int]:
        if self._machine is None:
            return (0, 0, 0)
        if self._wiring.has_neopixel:
            return self._neopixel.color
        gpio = self._machine.gpio
        levels = [gpio[pin].value for pin in self._wiring.light]
        if len(levels) == 1:
            on = 255 if levels[0] == GPIOPinState.HIGH else 0
            return (on, on, on)
        red, green, blue = (255 if level == GPIOPinState.LOW else 0 for level in levels)
        return (red, green, blue)

    # USB

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self._running().clock.create_alarm(action).schedule(seconds * 1e9)

    def set_host_leds(self, mask: int, by_control: bool = False) -> None:
        self._host_leds = mask
        if self._host is not None:
            self._host.by_control = by_control
            self._host.set_leds(mask)

    def reset_port(self, seconds: float = 0.01) -> None:
        self._cable().reset_port(round(seconds * 1e9))

    def set_poll_gaps(self, gaps: Sequence[int]) -> None:
        self._cable().poll_after(gaps)

    def set_polling(self, polls: bool) -> None:
        self._cable().polls = polls

    def open_serial(self) -> None:
        """Raises ConnectionError where the key shows no serial port."""
        if not self._cable().has_serial:
            raise ConnectionError("The key shows no serial port. Hold its button for 3 s to enter setup.")
        self._cable().open_serial()

    def close_serial(self) -> None:
        self._cable().close_serial()

    def write_serial(self, data: bytes) -> None:
        """Raises ConnectionError while the port is not open."""
        if not self._cable().serial_open:
            raise ConnectionError("The serial port is not open. Open it first.")
        self._cable().send(data)

    def read_serial(self) -> bytes:
        if self._host is None:
            return b""
        received = bytes(self._host.received)
        self._host.received.clear()
        return received

    def control(
        self,
        request_type: int,
        request: int,
        value: int,
        index: int,
        data: bytes = b"",
        length: int = 0,
        patience: float = 10.0,
    ) -> bytes | None:
        """Make one control transfer (USB 2.0 section 9.3), and let time pass until it is done.

        Sends `data`, or returns up to `length` bytes. None after a STALL, or if the transfer is not done
        after `patience` seconds.
        """
        replies: list[bytes | None] = []
        packet = setup(request_type, request, value, index, len(data) or length)
        transfer = Control(packet, data, replies.append)
        self._cable().bus.submit(transfer)
        if not self.run_until(lambda: bool(replies), patience):
            self._cable().bus.cancel(transfer)
        return replies[0] if replies else None

    def break_off(self, packet: bytes) -> None:
        """Send the 8 bytes of a setup packet, without the other stages of its transfer."""
        self._cable().bus.break_off(packet)

    def give(self, endpoint: int, packet: bytes) -> bool:
        """Send one packet of up to 64 bytes to any OUT endpoint. Returns whether the key took it."""
        return self._cable().bus.give(endpoint, packet)

    def suspend(self) -> None:
        self._cable().bus.suspend()

    def resume(self) -> None:
        self._cable().bus.resume()

    @property
    def wake_requests(self) -> int:
        return self._cable().wake_requests

    @property
    def suspended(self) -> bool:
        """False again after a remote wake-up."""
        return self._cable().bus.suspended

    def crash(self) -> None:
        self._running().core.fault_now()

    # Other chips

    @property
    def clock(self) -> ClockChip:
        return self._clock

    @property
    def element(self) -> SecureElement | None:
        return self._element
