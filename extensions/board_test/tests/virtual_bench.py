"""A bench with a virtual key, and boards and parts for it, some with a fault.

A person does what a board test asks for, in the key's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.install.boards import BOARD, installed
from tests.support.desk import Desk
from totpkey import errors
from totpkey.cli.simulation.drill import DirectTransport
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey_board_test import bench as actions
from totpkey_board_test.bench import EYES, FINGER, HAND, KEYBOARD, SKIN, WINDOW, BoardClient, Flash, Keystroke
from totpkey_board_test.course import Plan, run
from totpkey_board_test.journal import Journal
from totpkey_protocol.storage import FILES, START, STRIDE
from totpkey_virtual.clock_chip import ClockChip, Now
from totpkey_virtual.computer import LINUX, US, Computer, Keyboard, Platform
from totpkey_virtual.ds3231 import AGING, DS3231, OSCILLATOR_STOPPED, STATUS, TEMPERATURE
from totpkey_virtual.key import Report, VirtualKey
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat_reader
from totpkey_volume.circuitpython import DRIVE_START
from totpkey_volume.fat_format import Geometry

Colour = tuple[int, int, int]
Chip = TypeVar("Chip", bound=ClockChip)
#: USB usages of two lock keys (HID usage tables, page 7).
NUM_LOCK, CAPS_LOCK = 0x53, 0x39
#: What lies at the beginning of a board's flash. A simulated key has no CircuitPython there.
BOOT = bytes(range(256)) * 16
_LETTERS = {(1, 0, 0): "r", (0, 1, 0): "g", (0, 0, 1): "b", (1, 1, 1): "w"}


#: What is at a bench: a person; a jig alone; one with a second Pico.
PERSON = frozenset({FINGER, HAND, EYES, SKIN, KEYBOARD, WINDOW})
JIG = frozenset[str]()
TWO = frozenset({FINGER, HAND, WINDOW})


class Port(DirectTransport):
    """The key's port, which fails as a computer's does."""

    def write(self, data: bytes) -> None:
        try:
            super().write(data)
        except OSError as problem:
            raise errors.PortVanished(str(problem)) from None


class WrappedFlash:
    """A flash chip of that size: it decodes no higher address lines."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    def read(self, start: int, length: int) -> bytes:
        begin = start % self._size
        return self._content[begin : begin + length]


class VirtualBench:
    """`eye`: the colour that the person sees for what the chip drives. `finger`: presses the button once."""

    def __init__(
        self,
        key: VirtualKey,
        *,
        platform: Platform = LINUX,
        answers: bool = True,
        eye: Callable[[Colour], Colour] = lambda colour: colour,
        finger: Callable[[VirtualKey], None] = lambda key: key.press(0.1),
        flash_size: int = 0,
        comes_back: bool = True,
        has: frozenset[str] = PERSON,
        synchronised: bool = True,
        boot_loader: bool | None = None,
    ) -> None:
        self.key = key
        self.has, self.patience = has, 10.0
        self._synchronised = synchronised
        #: Whether a board in its boot loader is seen: a person holds BOOT.
        self._boot_loader = HAND in has if boot_loader is None else boot_loader
        #: Called with each wait, before it.
        self.meanwhile: Callable[[], object] = lambda: None
        self.computer = Computer(key, Keyboard(US, num_lock=True), platform, answers)
        self.desk = Desk(key, self.computer)
        self._eye, self._finger = eye, finger
        self._flash_size = flash_size or len(key.flash)
        self._strokes: list[Keystroke] = []
        self.asked: list[str] = []
        self._comes_back = comes_back
        self._pulls_soon = False
        #: How often the key asked for its button.
        self.touches = 0
        take = key.usb.on_report
        key.usb.on_report = lambda report: self._note(report, take)

    def _note(self, report: Report, take: Callable[[Report], None]) -> None:
        before = len(self.computer.text)
        take(report)
        self._strokes += [Keystroke(report.ms / 1000, each) for each in self.computer.text[before:]]

    def now(self) -> float:
        return self.key.true_time

    def ticks(self) -> float:
        return self.key.true_time

    def synchronised(self) -> bool:
        return self._synchronised

    def wait(self, seconds: float) -> None:
        self.meanwhile()
        if self._pulls_soon and self.key.plugged:
            self._pulls_soon = False
            self.key.run(seconds / 2)
            self.key.unplug()
        if self.key.plugged:
            self.key.run(seconds)
        else:
            self.key.wait_unplugged(seconds)

    def tell(self, text: str) -> None: ...

    def ask_for(self, action: str, text: str) -> None:
        self.asked.append(action)
        if action == actions.PRESS:
            for _ in range(10):
                self._finger(self.key)
                self.key.run(0.5)
        elif action == actions.TYPE:
            self._finger(self.key)
        elif action in (actions.NUM_LOCK, actions.CAPS_LOCK):
            self._lock(NUM_LOCK if action == actions.NUM_LOCK else CAPS_LOCK)
        elif action == actions.SLEEP:
            self.computer.sleep()
            self.key.run(10)
            self.computer.wake()
            self.key.run(1)
        elif action == actions.PULL:
            self._pull("while it rests" not in text)
        elif action == actions.PULL_LONG:
            self.key.unplug()
            self.key.wait_unplugged(30)
        elif action == actions.WARM:
            self.key.clock.celsius += 4  # type: ignore[attr-defined]
        elif action == actions.PLUG_BRIEFLY:
            self.key.unplug()
            self.key.plug()
            self.key.run(0.6)
            self.key.unplug()

    def _lock(self, usage: int) -> None:
        """On the computer's own keyboard."""
        for pressed in (usage, 0):
            self.computer.keys.report(bytes((0, 0, pressed, 0, 0, 0, 0, 0)))
        self.computer.tell_leds()
        self.key.run(0.1)

    def _pull(self, while_busy: bool) -> None:
        """At once, or in the middle of what the command does next."""
        if while_busy:
            self._pulls_soon = True
        else:
            self.key.unplug()

    def choose(self, question: str, answers: Sequence[str]) -> str:
        if "r" not in answers:
            return "y" if "y" in answers and (any(self._seen()) or "light" not in question) else "n"
        return _LETTERS.get(self._seen(), "n")

    def _seen(self) -> Colour:
        # Longer than the light says that the gesture was right.
        self.key.run(1)
        red, green, blue = self._eye(self.key.light)
        return (int(red > 0), int(green > 0), int(blue > 0))

    def connect(self, within: float) -> KeyClient:
        self._await(within)
        client = KeyClient(Port(self.key), self._obey, now=self.now, ticks=lambda: self.key.uptime_ms / 1000)
        self.hello = client.hello()
        return client

    def board(self, within: float) -> BoardClient:
        self._await(within)
        client = BoardClient(Port(self.key), now=lambda: self.now(), ticks=lambda: self.key.uptime_ms / 1000)
        client.seen()
        return client

    def _await(self, within: float) -> None:
        """Let the board come, or change its face."""
        if not self.key.plugged and (self._comes_back or actions.PULL not in self.asked):
            self.key.wait_unplugged(3)
            self.key.plug()
        if self.key.plugged:
            # A restart that was asked for has begun by then.
            self.key.run(0.5)
        if not self.key.plugged or not self.key.run_until(self._has_serial, within):
            raise errors.NoKey("No key.")
        self.key.run(2.5)

    def _obey(self, touch: Touch) -> None:
        self.touches += touch.begins
        self.desk.obey(touch)

    def _has_serial(self) -> bool:
        enumeration = self.key.usb.enumeration
        return enumeration is not None and enumeration.has_serial

    def typed(self, count: int, wait: float) -> list[Keystroke]:
        while len(self._strokes) < count:
            had = len(self._strokes)
            if not self.key.run_until(lambda had=had: len(self._strokes) > had, wait):  # type: ignore[misc]
                break
        self.key.run(0.3)
        return list(self._strokes)

    @contextmanager
    def window(self) -> Iterator[None]:
        self._strokes.clear()
        yield

    def flash(self, within: float) -> Flash | None:
        if not self._boot_loader:
            return None
        return WrappedFlash(BOOT + self.key.flash[len(BOOT) :], self._flash_size)


def report_of(bench: VirtualBench, plan: Plan) -> Journal:
    report = Journal(plan.without)
    run(bench, plan, report)
    return report


#: A board whose light has colours, and one whose light is one plain LED.
COLOURED, PLAIN = "adafruit_qt2040_trinkey", BOARD


def simulated(
    clock: Callable[[Now], ClockChip] = DS3231, board: str = PLAIN, **person: Any
) -> tuple[VirtualBench, SimulatedKey]:
    """A new board with a clock of that kind, and a person before it."""
    key = installed(board, clock=clock)
    return VirtualBench(key, **person), key


def drifting(kind: type[ClockChip], ppm: float) -> Callable[[Now], ClockChip]:
    return lambda now: kind(now, drift_ppm=ppm)


def like(kind: type[Chip], **parts: object) -> type[Chip]:
    """A chip of which some parts are otherwise."""
    return type(kind.__name__, (kind,), parts)


#: A chip without a cell, or with a dead one.
CellessClock = like(DS3231, _uses_battery=lambda chip: False)
#: Its ageing register keeps what is written, and has no effect.
IdleAgeing = like(DS3231, _correction_ppm=lambda chip: 0.0)


def stuck(register: int, ones: int = 0, zeros: int = 0) -> type[DS3231]:
    """A chip in which some bits of a register are always 1, and others always 0."""

    def refresh(chip: DS3231) -> None:
        DS3231._refresh(chip)
        chip._registers[register] = chip._registers[register] & ~zeros | ones

    return like(DS3231, _refresh=refresh)


class DeadClock(DS3231):
    """A chip that stops driving its line 25 s after the power came: each bit reads as 1."""

    def read(self, count: int) -> bytes:
        told = super().read(count)
        return told if self._now() - self.begun < 25 else b"\xff" * count

    begun = float("inf")

    def lose_battery(self) -> None:
        super().lose_battery()
        self.begun = min(self.begun, self._now())


class NoisyClock(DS3231):
    """A chip of which one transfer in ten arrives wrong: a bit of each byte."""

    reads = 0

    def read(self, count: int) -> bytes:
        self.reads += 1
        told = super().read(count)
        return bytes(byte ^ 0x50 for byte in told) if self.reads % 10 == 0 else told


class Ageing(DS3231):
    """Its ageing register keeps these bits of what is written, and its thermometer always shows this."""

    keeps, shows = 0xFF, b"\x19\x00"

    def _store(self, register: int, byte: int) -> None:
        super()._store(register, byte & self.keeps if register == AGING else byte)

    def _refresh(self) -> None:
        super()._refresh()
        self._registers[TEMPERATURE : TEMPERATURE + 2] = self.shows


class OnACapacitor(DS3231):
    """It outlives ten seconds without supply, and no more."""

    off: float | None = None

    def lose_supply(self) -> None:
        super().lose_supply()
        self.off = self._now()

    def write(self, data: bytes) -> None:
        if self.off is not None and self._now() - self.off > 10:
            self.lose_battery()
        self.off = None
        super().write(data)


class LosesAtCuts(DS3231):
    """A chip that is another one after some cuts of power, told by their number from 1 on."""

    cuts = 0
    lost = range(1, 100)

    def lose_supply(self) -> None:
        super().lose_supply()
        self.cuts += 1
        if self.cuts in self.lost:
            self.suffer()

    def suffer(self) -> None:
        self.lose_battery()


class Clone(LosesAtCuts):
    """It loses its time with its supply, and has no flag that says so."""

    def suffer(self) -> None:
        self.lose_battery()
        self._registers[STATUS] &= ~OSCILLATOR_STOPPED


class StandsOnItsCell(DS3231):
    """It keeps its time on its cell, and does not count there."""

    off = False

    def lose_supply(self) -> None:
        super().lose_supply()
        self.off = True

    def read(self, count: int) -> bytes:
        self._wake()
        return super().read(count)

    def write(self, data: bytes) -> None:
        self._wake()
        super().write(data)

    def _wake(self) -> None:
        if self.off:
            self.off, self._counted = False, self._now()


def jumping(by: float) -> type[DS3231]:
    """A chip that is so many seconds further ahead after each cut."""
    return like(LosesAtCuts, suffer=lambda chip: chip.set_unix(chip.unix_time + by))


def place(key: VirtualKey, number: int) -> int:
    """Where in flash the first byte of a place for accounts is."""
    volume = key.flash[DRIVE_START:]
    cluster = fat_reader.first_cluster(volume, FILES[0])
    return DRIVE_START + Geometry.of(len(volume)).offset(cluster) + START + number * STRIDE


def spoiled(key: SimulatedKey, spoil: Callable[[int, bytes], tuple[int, bytes]]) -> None:
    """Let its flash program something else, or elsewhere, than it was told."""
    program = key._flash.program

    def wrongly(address: int, data: bytes) -> None:
        program(*spoil(address, data))

    key._flash.program = wrongly  # type: ignore[method-assign]


def replugged(key: VirtualKey) -> None:
    """It loses its power for a moment."""
    key.unplug()
    key.plug()
    key.run(3)
