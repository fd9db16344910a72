"""The clock chip: its two wires, its registers, its thermometer, and whether what it says arrives whole."""

from __future__ import annotations

from collections import Counter
from statistics import median

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_board_test import registers
from totpkey_board_test.bench import Bench
from totpkey_board_test.client import BoardClient, Seen
from totpkey_board_test.journal import Journal, Measured
from totpkey_test_face.definition import GOES_LOW, PULLED_DOWN, PULLED_UP, TAKES_OTHER

_CLOCK, _REGISTERS, _OSCILLATOR = _("clock chip"), _("clock's registers"), _("oscillator")
_LINES = ("SCL", "SDA")
#: The memory on a ZS-042 and modules like it (Atmel AT24C32, with its three address pins open).
_MEMORY = bytes([0x57])
#: More than this no module has on these wires: something answers to every address.
_MOST_CHIPS = 8
#: How often the registers are read, and how far one reading's time may be from the others', in s.
_READS, _BESIDE = 40, 1.5
#: What a thermometer may say in a room where people work, in °C.
_ROOM = (5.0, 45.0)
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


def steady(journal: Journal, bench: Bench, board: BoardClient, chip: str) -> bool:
    """Whether what the chip says arrives whole, many times one after the other."""
    reads = []
    for _read in range(_READS):
        told = board.seen().registers
        reads.append((told, bench.ticks()))
    wrong = _wrong(chip, reads)
    if wrong == 0:
        journal.good(_REGISTERS, tr("{all} reads arrive whole", all=_READS), {"reads": _READS})
        return True
    measured: Measured = {"reads": _READS, "wrong": wrong, "last": reads[-1][0].hex()}
    if reads[-1][0].strip(b"\xff") == b"" and reads[-1][0]:
        journal.bad(_REGISTERS, "clock-answers-ones", measured, chip=chip)
    elif wrong < _READS / 2:
        journal.bad(_REGISTERS, "clock-transfers", measured, chip=chip, wrong=wrong, all=_READS)
    else:
        journal.unsure(_REGISTERS, "clock-nonsense", measured, chip=chip)
    return False


def _wrong(chip: str, reads: list[tuple[bytes, float]]) -> int:
    """How many readings hold no time, another one than the rest, or other registers than most."""
    fixed = registers.MAPS[chip].fixed
    times = [(registers.time(chip, told), at) for told, at in reads]
    ahead = [None if time is None else time - at for time, at in times]
    known = [each for each in ahead if each is not None]
    middle = median(known) if known else 0.0
    (usual, _count), *_others = Counter(told[fixed] for told, _at in reads).most_common()
    return sum(
        each is None or abs(each - middle) > _BESIDE or told[fixed] != usual
        for each, (told, _at) in zip(ahead, reads, strict=True)
    )


def flag(journal: Journal, chip: str, seen: Seen) -> None:
    """Its flag for a stopped oscillator, which must be clear once it was set."""
    if registers.stopped(chip, seen.registers):
        journal.bad(_OSCILLATOR, "clock-stop-flag-stays")
    else:
        journal.good(_OSCILLATOR, tr("its flag is clear once it was set"))


def parts(journal: Journal, board: BoardClient, chip: str) -> bool:
    """Its thermometer, and whether the register of its pace keeps what is written."""
    trim = registers.MAPS[chip].trim
    before = board.register(trim.register)
    kept, wanted = (
        bytes(each & trim.mask for each in data)
        for data in ((board.register(trim.register, each) & 0xFF for each in _PATTERNS), _PATTERNS)
    )
    board.register(trim.register, before)
    if kept == wanted:
        journal.good(_("pace register"), tr("it keeps what is written"))
    else:
        words = {"kept": kept.hex(), "wanted": wanted.hex()}
        journal.bad(_("pace register"), "clock-register-dead", dict(words), **words)
    _thermometer(journal, board, chip)
    return kept == wanted


def _thermometer(journal: Journal, board: BoardClient, chip: str) -> None:
    celsius = registers.celsius(chip, board.seen().registers)
    if celsius is None:
        return
    if _ROOM[0] <= celsius <= _ROOM[1]:
        journal.good(_("thermometer"), tr("{celsius} °C", celsius=celsius), {"celsius": celsius})
    else:
        journal.bad(_("thermometer"), "thermometer-dead", {"celsius": celsius}, celsius=celsius)
