"""What the clock chips' registers say (data sheets as in `docs/guide/time.md`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from totpkey_protocol.words import DS3231, PCF8523, RV3028, RV3032


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


def patterns(chip: str) -> dict[int, bytes]:
    """What the registers of the time can hold, the date's first: each bit as 0 and as 1."""
    if chip == RV3028:
        # The bytes of its counter that do not change all the time.
        return dict.fromkeys(range(0x1C, 0x1F), b"\x55\xaa")
    minute = MAPS[chip].second + 1
    hour, day, month, year = (minute - 1 + offset for offset in MAPS[chip].calendar)
    # A day that each month has comes last.
    dates = {day: b"\x17\x20\x08", month: b"\x12\x07\x08", year: b"\x28\x57\x96"}
    return dates | {hour: b"\x23\x17\x08", minute: b"\x57\x28"}


def stopped(chip: str, registers: bytes) -> bool:
    """Whether the chip's flag says that its oscillator has stopped, or that its supply was too low for it."""
    place = MAPS[chip]
    return bool(registers[place.flag] & place.mask)


def time(chip: str, registers: bytes) -> float | None:
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


def celsius(chip: str, registers: bytes) -> float | None:
    """What its thermometer measures; None if it has none."""
    place = MAPS[chip].thermometer
    if place is None:
        return None
    whole, fraction = (registers[at] for at in place)
    return whole - 0x100 * (whole >> 7) + (fraction & 0xF0) / 0x100
