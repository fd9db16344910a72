"""The clock chip: its two wires, its registers, its thermometer, whether what it says arrives whole, and its
pace.

What the registers say is in the data sheets (as in `docs/guide/time.md`). The pace is against this
computer's, by the moments at which the clock's second changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_board_test.bench import WARM, Bench, BoardClient, Seen
from totpkey_board_test.journal import Journal, Measured
from totpkey_protocol.words import DS3231, PCF8523, RV3028, RV3032
from totpkey_test_face.definition import GOES_LOW, PULLED_DOWN, PULLED_UP, TAKES_OTHER


@dataclass(frozen=True)
class Trim:
    """The register by which a chip is made faster or slower."""

    register: int
    #: Its bits that can be written.
    mask: int
    #: Two contents, the slower first, and how far apart they are, in ppm.
    slower: int
    faster: int
    apart: float
    #: The portions in which it corrects, in s.
    portion: float = 0.0
    #: The register and the bit by which the chip takes a new content at once, and not within a minute.
    now: tuple[int, int] | None = None

    def take(self, access: Callable[..., int]) -> None:
        """Have the chip measure its temperature and take what was written; `access` reads and writes."""
        if self.now:
            register, bit = self.now
            access(register, access(register) | bit)


@dataclass(frozen=True)
class Map:
    """Where a chip has its parts, and what its data sheet allows."""

    #: The register of its seconds, which minutes follow, and those of hours, date, month, year from there.
    second: int
    calendar: tuple[int, int, int, int]
    #: Its flag for a stopped oscillator or a supply that was too low.
    flag: int
    mask: int
    #: Registers that nothing changes while it runs.
    fixed: slice
    trim: Trim
    #: How far off it may be at 15 to 35 °C, in ppm.
    limit: float
    #: The registers of its thermometer, if it has one: whole degrees, and a fraction in the highest bits.
    thermometer: tuple[int, int] | None = None


#: 0.1 ppm a step, at the next measurement of its temperature.
_AGING = Trim(0x10, 0xFF, 0x7F, 0x81, 25.4, now=(0x0E, 0x20))
#: 24 steps of 4.069 ppm, each minute.
_OFFSET_8523 = Trim(0x0E, 0xFF, 0x8C, 0xF4, 97.7, portion=0.003)
#: 52 steps of 0.954 ppm: the register's lowest bit is another one's. The factory has set it.
_OFFSET_3028 = Trim(0x36, 0xFF, 0x0D, 0xF3, 49.6)
#: 62 steps of 0.238 ppm.
_OFFSET_3032 = Trim(0xC1, 0x3F, 0x1F, 0x21, 14.8)
MAPS = {
    # 19-5170: 2 ppm from 0 to 40 °C for the SN. The kits want no M, which may have 5.
    DS3231: Map(0, (2, 4, 5, 6), 0x0F, 0x80, slice(0x07, 0x0F), _AGING, 2.0, (0x11, 0x12)),
    # Its crystal has 20 ppm, and loses 0.035 ppm/°C² beside 25 °C. Its flag is bit 7 of the seconds.
    PCF8523: Map(3, (2, 3, 5, 6), 0x03, 0x80, slice(0x0A, 0x0E), _OFFSET_8523, 24.0),
    # 1 ppm at 25 °C, and the same curve.
    RV3028: Map(0, (2, 4, 5, 6), 0x0E, 0x01, slice(0x07, 0x0A), _OFFSET_3028, 4.5),
    RV3032: Map(1, (2, 4, 5, 6), 0x0D, 0x03, slice(0x08, 0x0B), _OFFSET_3032, 2.5, (0x0F, 0x0E)),
}


def patterns_of(chip: str) -> dict[int, bytes]:
    """What the registers of the time can hold, the date's first: each bit as 0 and as 1."""
    if chip == RV3028:
        # The bytes of its counter that do not change all the time.
        return dict.fromkeys(range(0x1C, 0x1F), b"\x55\xaa")
    minute = MAPS[chip].second + 1
    hour, day, month, year = (minute - 1 + offset for offset in MAPS[chip].calendar)
    # A day that each month has comes last.
    dates = {day: b"\x17\x20\x08", month: b"\x12\x07\x08", year: b"\x28\x57\x96"}
    return dates | {hour: b"\x23\x17\x08", minute: b"\x57\x28"}


def time_in(chip: str, registers: bytes) -> float | None:
    """Its time in Unix seconds; None if the registers hold none, and nothing can be computed of them."""
    place = MAPS[chip]
    at = place.second
    hour, day, month, year = (at + offset for offset in place.calendar)
    masks = {at: 0x7F, at + 1: 0x7F, hour: 0x3F, day: 0x3F, month: 0x1F, year: 0xFF}
    if len(registers) <= year:
        return None
    values = [registers[each] & mask for each, mask in masks.items()]
    if any(value & 0x0F > 9 for value in values):
        return None
    second, minute, hours, date, months, years = ((value >> 4) * 10 + (value & 0x0F) for value in values)
    try:
        return datetime(2000 + years, months, date, hours, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def celsius_in(chip: str, registers: bytes) -> float | None:
    """What its thermometer measures; None if it has none."""
    place = MAPS[chip].thermometer
    if place is None:
        return None
    whole, fraction = (registers[at] for at in place)
    return whole - 0x100 * (whole >> 7) + (fraction & 0xF0) / 0x100


_CLOCK, _REGISTERS, _OSCILLATOR = _("clock chip"), _("clock's registers"), _("oscillator")
_THERMOMETER = _("thermometer")
_LINES = ("SCL", "SDA")
#: What the registers hold, when they were asked for, and how long that took, in s.
Read = tuple[bytes, float, float]
#: The memory on a ZS-042 and modules like it (Atmel AT24C32, with its three address pins open).
_MEMORY = bytes([0x57])
#: More than this no module has on these wires: something answers to every address.
_MOST_CHIPS = 8
#: How often the registers are read, and how far time and temperature may jump, in s and °C.
_READS, _BESIDE = 40, 1.5
#: What a thermometer may say in a room where people work, in °C.
_ROOM = (5.0, 45.0)
#: By how much a finger warms it at least, in °C, and how long it may take, in s.
_WARMER, _TOUCHED = 1.0, 60.0
#: What the register of a clock's pace is given in turn: each bit as 0 and as 1.
_PATTERNS = b"\x55\xaa"


def wires(journal: Journal, seen: Seen, chip: str) -> bool:
    """Whether a clock answers that the firmware knows. `chip`: what the key found in setup."""
    measured: Measured = {"chip": chip, "addresses": list(seen.answers), "lines": seen.lines}
    if wrong := _of_lines(seen.lines):
        journal.bad(_CLOCK, wrong[0], measured, line=wrong[1])
    elif seen.exchanged:
        journal.bad(_CLOCK, "clock-wires-exchanged", measured, all=_listed(seen.exchanged))
    elif len(seen.answers) > _MOST_CHIPS:
        journal.bad(_CLOCK, "clock-crowded", measured, count=len(seen.answers))
    elif chip and chip not in MAPS:
        journal.unsure(_CLOCK, "clock-unknown", measured, chip=chip)
    elif chip:
        journal.good(_CLOCK, tr("{chip} at {all}", chip=chip, all=_listed(seen.answers)), measured)
        return True
    else:
        sign = "clock-wrong-address" if seen.answers else "clock-missing"
        journal.bad(
            _CLOCK,
            "clock-dead" if seen.answers == _MEMORY else sign,
            measured,
            all=_listed(seen.answers),
        )
    return False


def _of_lines(lines: int) -> tuple[str, str] | None:
    """The sign that the two lines show as plain pins, and which line."""
    shown = dict(zip(_LINES, (lines & 0x0F, lines >> 4), strict=True))
    high = all(bits & PULLED_UP for bits in shown.values())
    floating = [line for line, bits in shown.items() if not bits & PULLED_DOWN]
    for line, bits in shown.items():
        if not bits & PULLED_UP:
            return "clock-line-short", line
        if not bits & GOES_LOW:
            return "clock-line-supply", line
    if high and any(bits & TAKES_OTHER for bits in shown.values()):
        return "clock-lines-joined", ""
    if len(floating) == len(_LINES):
        return "clock-no-pull-ups", ""
    return ("clock-line-open", floating[0]) if floating else None


def _listed(addresses: bytes) -> str:
    return ", ".join(f"0x{address:02x}" for address in addresses)


def steady(journal: Journal, bench: Bench, board: BoardClient, chip: str, reads: Sequence[Read] = ()) -> bool:
    """Whether what the chip says arrives whole, many times one after the other, and in `reads` before."""
    parts = [reads, [read(bench, board) for _read in range(_READS)]]
    wrongs, last = [_wrong(chip, part) for part in parts], parts[1][-1][0]
    wrong, count = sum(wrongs), sum(map(len, parts))
    if wrong == 0:
        journal.good(_REGISTERS, tr("{all} reads arrive whole", all=count), {"reads": count})
        return True
    measured: Measured = {"reads": count, "wrong": wrong, "last": last.hex()}
    if last.strip(b"\xff") == b"" and last:
        journal.bad(_REGISTERS, "clock-answers-ones", measured, chip=chip)
    elif all(2 * each < max(len(part), 1) for each, part in zip(wrongs, parts, strict=True)):
        journal.bad(_REGISTERS, "clock-transfers", measured, chip=chip, wrong=wrong, all=count)
    else:
        journal.unsure(_REGISTERS, "clock-nonsense", measured, chip=chip)
    return False


def read(bench: Bench, board: BoardClient) -> Read:
    """The chip's registers, once."""
    asked = bench.ticks()
    return board.seen().registers, asked, bench.ticks() - asked


def _wrong(chip: str, reads: Sequence[Read]) -> int:
    """How many hold no time, another one than the one before, or other registers than most."""
    fixed = MAPS[chip].fixed
    usual = Counter(told[fixed] for told, *_when in reads).most_common(1)
    wrong, before = 0, None
    for told, at, took in reads:
        time, degrees = time_in(chip, told), celsius_in(chip, told) or 0.0
        now = None if time is None else (time - at, degrees, took)
        jumps = now and before and _jumps(before, now)
        wrong += now is None or told[fixed] != usual[0][0] or bool(jumps)
        before = now
    return wrong


def _jumps(before: tuple[float, float, float], now: tuple[float, float, float]) -> bool:
    """Whether time or temperature is another one. A busy computer may ask long before it has the answer."""
    slack = _BESIDE + before[2] + now[2]
    return abs(now[0] - before[0]) > slack or abs(now[1] - before[1]) > _BESIDE


def flag(journal: Journal, chip: str, seen: Seen) -> None:
    """Its flag for a stopped oscillator or too low a supply, which must be clear once it was set."""
    place = MAPS[chip]
    if seen.registers[place.flag] & place.mask:
        journal.bad(_OSCILLATOR, "clock-stop-flag-stays")
    else:
        journal.good(_OSCILLATOR, tr("its flag is clear once it was set"))


def calendar(journal: Journal, bench: Bench, board: BoardClient, chip: str) -> None:
    """Whether the registers of the time keep each bit. They hold the time again afterwards."""
    # No minute may end meanwhile.
    while board.register(MAPS[chip].second) & 0x70 >= 0x50:
        bench.wait(1)
    patterns = patterns_of(chip)
    before = {register: board.register(register) for register in patterns}
    kept = {register: _kept(board, register, values) for register, values in patterns.items()}
    for register, value in reversed(before.items()):
        board.register(register, value)
    wrong = next((register for register in patterns if kept[register] != patterns[register]), None)
    if wrong is None:
        journal.good(_("clock's time"), tr("its registers keep what is written"))
    else:
        _dead(journal, _("clock's time"), wrong, kept[wrong], patterns[wrong])


def parts(journal: Journal, board: BoardClient, chip: str) -> bool:
    """Its thermometer, and whether the register of its pace keeps what is written."""
    trim = MAPS[chip].trim
    before = board.register(trim.register)
    kept, wanted = _kept(board, trim.register, _PATTERNS, trim.mask), _masked(_PATTERNS, trim.mask)
    board.register(trim.register, before)
    if kept == wanted:
        journal.good(_("pace register"), tr("it keeps what is written"))
    else:
        _dead(journal, _("pace register"), trim.register, kept, wanted)
    celsius = celsius_in(chip, board.seen().registers)
    if celsius is not None and not _ROOM[0] <= celsius <= _ROOM[1]:
        journal.bad(_THERMOMETER, "thermometer-dead", {"celsius": celsius}, celsius=celsius)
    return kept == wanted


def _kept(board: BoardClient, register: int, values: bytes, mask: int = 0xFF) -> bytes:
    """What a register gives back of what is written into it in turn."""
    return _masked((board.register(register, value) & 0xFF for value in values), mask)


def _masked(values: Iterable[int], mask: int) -> bytes:
    return bytes(value & mask for value in values)


def _dead(journal: Journal, step: str, register: int, kept: bytes, wanted: bytes) -> None:
    words = {"register": f"0x{register:02X}", "kept": kept.hex(), "wanted": wanted.hex()}
    journal.bad(step, "clock-register-dead", dict(words), **words)


def thermometer(journal: Journal, bench: Bench, board: BoardClient, chip: str) -> None:
    """Whether it follows a finger. A dead one may say what is right by chance."""
    trim = MAPS[chip].trim
    before = now = celsius_in(chip, board.seen().registers)
    if now is None or before is None:
        return
    bench.ask_for(WARM, tr("Lay a fingertip onto the clock chip until the next step."))
    end = bench.ticks() + _TOUCHED
    while abs(now - before) < _WARMER and bench.ticks() < end:
        bench.wait(2)
        trim.take(board.register)
        now = celsius_in(chip, board.seen().registers) or before
    measured = {"celsius": before, "touched": now}
    if abs(now - before) < _WARMER:
        journal.unsure(_THERMOMETER, "thermometer-still", measured, celsius=before)
    else:
        detail = tr("{celsius} °C, under a finger {touched} °C", celsius=before, touched=now)
        journal.good(_THERMOMETER, detail, measured)


_PACE, _TRIM = _("clock's pace"), _("pace register")
#: How many seconds are awaited each time. The one of which the news took least time counts.
_SECONDS = 5
#: How often the key looks for a change of second, in s.
_LOOK = 0.001
#: What a computer's clock that nothing keeps right may be off by, in ppm.
_UNKEPT = 100.0
#: No crystal is off by so much, in ppm.
_NONSENSE = 50_000.0


@dataclass(frozen=True)
class Moment:
    """The clock was so far ahead of the computer's steady clock, within so much; and when that was."""

    ahead: float
    within: float
    at: float


@dataclass(frozen=True)
class _Span:
    """From one look to the next."""

    begun: Moment
    ended: Moment

    @property
    def seconds(self) -> float:
        return self.ended.at - self.begun.at

    @property
    def ppm(self) -> float:
        return (self.ended.ahead - self.begun.ahead) / self.seconds * 1e6

    @property
    def within(self) -> float:
        """What the two looks may be wrong by, in ppm."""
        return (self.begun.within + self.ended.within) / self.seconds * 1e6


def _look(bench: Bench, board: BoardClient, chip: str) -> Moment | None:
    """Wait for the clock's second several times; None if it stands still, or shows no time."""
    trips, found = [], []
    for _second in range(_SECONDS):
        asked = bench.ticks()
        board.show("white")
        trips.append(bench.ticks() - asked)
        told = board.second(MAPS[chip].second)
        at = bench.ticks()
        time = time_in(chip, told)
        if time is None:
            return None
        found.append((time - at, at))
    ahead, at = max(found)
    return Moment(ahead, min(trips) / 2 + _LOOK, at)


class Comparison:
    """Two spans of time: the chip's register for its pace at one end, then at the other."""

    def __init__(self, bench: Bench, chip: str) -> None:
        self._bench, self._chip = bench, chip
        self._trim = MAPS[chip].trim
        #: What the register held before, if it was changed.
        self._own: int | None = None
        self._looks: list[Moment] = []

    @property
    def last(self) -> float:
        """When the clock was last looked at."""
        return self._looks[-1].at

    def look(self, board: BoardClient) -> bool:
        """Look at the clock; False if it stands still."""
        found = _look(self._bench, board, self._chip)
        self._looks += [found] if found else []
        return found is not None

    def slower(self, board: BoardClient) -> None:
        """Begin with the slower end."""
        told, trim = board.register(self._trim.register), self._trim
        # A test that was broken off has left it at an end.
        is_left = told & trim.mask in (trim.slower, trim.faster)
        self._own = told & ~trim.mask if is_left else told
        self._set(board, self._own & ~trim.mask | trim.slower)

    def faster(self, board: BoardClient) -> None:
        """Go on with the faster end, if it began with the slower."""
        if self._own is not None:
            self._set(board, self._own & ~self._trim.mask | self._trim.faster)

    def restore(self, board: BoardClient) -> None:
        """Leave the register as it was."""
        if self._own is not None:
            self._set(board, self._own)

    def _set(self, board: BoardClient, value: int) -> None:
        board.register(self._trim.register, value)
        self._trim.take(board.register)

    def judge(self, journal: Journal) -> None:
        """Both figures. The chip's own pace is in the middle of the two."""
        spans = [_Span(*pair) for pair in pairwise(self._looks)]
        if any(span.seconds <= 0 or abs(span.ppm) > _NONSENSE for span in spans):
            measured = {"ppm": [round(span.ppm) for span in spans]}
            journal.unsure(_PACE, "clock-nonsense", measured, chip=self._chip)
            return
        self._judge_pace(journal, *spans)
        if self._own is not None:
            self._judge_trim(journal, *spans)

    def _judge_pace(self, journal: Journal, slow: _Span, fast: _Span) -> None:
        """The figure is good only if its uncertainty is smaller than its limit."""
        limit, is_kept = MAPS[self._chip].limit, self._bench.synchronised()
        ppm = (slow.ppm + fast.ppm) / 2
        # What the look in the middle is wrong by makes one faster and the other slower.
        middle = abs(1 / slow.seconds - 1 / fast.seconds) * slow.ended.within
        reading = (slow.begun.within / slow.seconds + fast.ended.within / fast.seconds + middle) * 1e6 / 2
        within, seconds = reading + (0 if is_kept else _UNKEPT), slow.seconds + fast.seconds
        measured: Measured = {
            "seconds": round(seconds),
            "ppm": round(ppm, 1),
            "within_ppm": round(within, 1),
            "limit_ppm": limit,
            "computer": "synchronised" if is_kept else "unknown",
        }
        words: dict[str, object] = {"ppm": f"{ppm:+.1f}", "within": f"{within:.1f}", "limit": limit}
        if abs(ppm) - within > limit:
            journal.bad(_PACE, "clock-fast" if ppm > 0 else "clock-slow", measured, **words)
        elif within < limit and abs(ppm) <= limit:
            detail = tr("{ppm} ppm against this computer's clock (± {within}); {limit} are allowed", **words)
            journal.good(_PACE, detail, measured)
        else:
            minutes = round(reading * seconds / limit / 60) + 1
            journal.unsure(_PACE, "pace-unsure", measured, **words, minutes=minutes)

    def _judge_trim(self, journal: Journal, slow: _Span, fast: _Span) -> None:
        """Whether the register has its effect."""
        found, wanted = fast.ppm - slow.ppm, self._trim.apart
        within = sum(span.within + self._trim.portion / span.seconds * 1e6 for span in (slow, fast))
        measured = {"apart_ppm": round(found, 1), "within_ppm": round(within, 1), "wanted_ppm": wanted}
        words = {"found": f"{found:.1f}", "within": f"{within:.1f}", "wanted": wanted}
        if abs(found - wanted) < wanted / 2 and within < wanted / 2:
            journal.good(_TRIM, tr("it makes {found} ppm (± {within}) of {wanted}", **words), measured)
        elif abs(found - wanted) - within > wanted / 2:
            journal.bad(_TRIM, "clock-register-idle", measured, **words)
        else:
            journal.unsure(_TRIM, "register-unsure", measured, **words)
