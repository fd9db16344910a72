"""What the clock chips' registers say (data sheets as in `docs/time.md`)."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey_protocol.words import DS3231, PCF8523, RV3028, RV3032


@dataclass(frozen=True)
class Map:
    """Where a chip has its time (seven registers), and its flag for a stopped oscillator."""

    address: int
    time: slice
    flag: int
    mask: int


MAPS = {
    DS3231: Map(0x68, slice(0x00, 0x07), 0x0F, 0x80),
    # Its flag is the highest bit of the seconds.
    PCF8523: Map(0x68, slice(0x03, 0x0A), 0x03, 0x80),
    RV3028: Map(0x52, slice(0x00, 0x07), 0x0E, 0x01),
    # Register 0 has hundredths, which run as long as the seconds do.
    RV3032: Map(0x51, slice(0x00, 0x08), 0x0D, 0x03),
}


def stopped(chip: str, registers: bytes) -> bool:
    """Whether the chip's flag says that its oscillator has stopped, or that its supply was too low for it."""
    place = MAPS[chip]
    return bool(registers[place.flag] & place.mask)


def runs(chip: str, before: bytes, after: bytes) -> bool:
    """Whether its time has changed between two looks, more than a second apart."""
    time = MAPS[chip].time
    return before[time] != after[time]
