"""The clock chip: its two wires, its registers, its thermometer, and whether what it says arrives whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_board_test import registers
from totpkey_board_test.bench import WARM, Bench
from totpkey_board_test.client import BoardClient, Seen
from totpkey_board_test.journal import Journal, Measured
from totpkey_test_face.definition import GOES_LOW, PULLED_DOWN, PULLED_UP, TAKES_OTHER

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
    elif chip and chip not in registers.MAPS:
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
    fixed = registers.MAPS[chip].fixed
    usual = Counter(told[fixed] for told, *_when in reads).most_common(1)
    wrong, before = 0, None
    for told, at, took in reads:
        time, degrees = registers.time(chip, told), registers.celsius(chip, told) or 0.0
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
    """Its flag for a stopped oscillator, which must be clear once it was set."""
    if registers.stopped(chip, seen.registers):
        journal.bad(_OSCILLATOR, "clock-stop-flag-stays")
    else:
        journal.good(_OSCILLATOR, tr("its flag is clear once it was set"))


def calendar(journal: Journal, bench: Bench, board: BoardClient, chip: str) -> None:
    """Whether the registers of the time keep each bit. They hold the time again afterwards."""
    # No minute may end meanwhile.
    while board.register(registers.MAPS[chip].second) & 0x70 >= 0x50:
        bench.wait(1)
    patterns = registers.patterns(chip)
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
    trim = registers.MAPS[chip].trim
    before = board.register(trim.register)
    kept, wanted = _kept(board, trim.register, _PATTERNS, trim.mask), _masked(_PATTERNS, trim.mask)
    board.register(trim.register, before)
    if kept == wanted:
        journal.good(_("pace register"), tr("it keeps what is written"))
    else:
        _dead(journal, _("pace register"), trim.register, kept, wanted)
    celsius = registers.celsius(chip, board.seen().registers)
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
    trim = registers.MAPS[chip].trim
    before = now = registers.celsius(chip, board.seen().registers)
    if now is None or before is None:
        return
    bench.ask_for(WARM, tr("Lay a fingertip onto the clock chip until the next step."))
    end = bench.ticks() + _TOUCHED
    while abs(now - before) < _WARMER and bench.ticks() < end:
        bench.wait(2)
        trim.take(board.register)
        now = registers.celsius(chip, board.seen().registers) or before
    measured = {"celsius": before, "touched": now}
    if abs(now - before) < _WARMER:
        journal.unsure(_THERMOMETER, "thermometer-still", measured, celsius=before)
    else:
        detail = tr("{celsius} °C, under a finger {touched} °C", celsius=before, touched=now)
        journal.good(_THERMOMETER, detail, measured)
