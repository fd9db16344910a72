"""How fast a board's clock runs against this computer's."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey.board_test.bench import Bench, Measured, Row
from totpkey.clock import host_clock
from totpkey.clock.synchronise import Offset, measure, synchronise
from totpkey.doctor.case import BAD, GOOD, UNKNOWN
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey_protocol.words import DS3231, RV3032

_PACE = _("clock's pace")
#: What is far beyond any such chip's data sheet, in ppm: compensated ones, and plain tuning forks.
_COMPENSATED, _PLAIN = 10.0, 100.0
#: What two readings may be wrong by together, in s: once a minute the key looks every 10 ms for the chip's
#: next second, and between that it follows its processor, which may lose 2 ms a minute.
_READING = 0.025


@dataclass(frozen=True)
class Begun:
    """The first of two comparisons."""

    at: float
    offset: Offset


def begin(bench: Bench, client: KeyClient) -> Begun:
    """Set the clock, and compare it."""
    synchronise(client, now=bench.now, wait=bench.wait)
    return Begun(bench.now(), measure(client, bench.now))


def end(bench: Bench, client: KeyClient, begun: Begun, chip: str) -> Row:
    """Compare once more, and judge the difference."""
    passed = bench.now() - begun.at
    offset = measure(client, bench.now)
    unsure = offset.uncertainty + begun.offset.uncertainty + _READING
    ppm = (offset.seconds - begun.offset.seconds) / passed * 1e6
    within = unsure / passed * 1e6
    measured: Measured = {
        "seconds": round(passed),
        "ppm": round(ppm, 1),
        "within_ppm": round(within, 1),
        "computer": host_clock.status(),
    }
    detail = tr(
        "{ppm} ppm against this computer's clock, measured to {within} ppm over {seconds} s",
        ppm=f"{ppm:+.1f}",
        within=f"{within:.1f}",
        seconds=round(passed),
    )
    if abs(ppm) - within <= (_COMPENSATED if chip in (DS3231, RV3032) else _PLAIN):
        return Row(_PACE, GOOD, detail, measured=measured)
    fault = "clock-fast" if ppm > 0 else "clock-slow"
    remedy = tr("Compare with another computer. If it stays, the crystal or its load is wrong.")
    return Row(_PACE, BAD, detail, fault, remedy, measured)


def left_out(why: str) -> Row:
    """The finding where there was nothing to compare."""
    return Row(_PACE, UNKNOWN, why, "clock-pace-not-measured")
