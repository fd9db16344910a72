"""A PCF8523 real-time clock at register level, as the I2C bus sees it (NXP PCF8523, rev. 7).

Alarms and timers are stored but never go off: no build of the key wires the chip's interrupt pins.
"""

from __future__ import annotations

from totpkey_protocol import words
from totpkey_virtual.clock_chip import CENTURY, ClockChip, SecondsCounter, calendar, from_bcd, to_bcd, written

CONTROL_1, CONTROL_2, CONTROL_3 = 0x00, 0x01, 0x02
SECONDS, MINUTES, HOURS, DAYS, WEEKDAYS, MONTHS, YEARS = range(0x03, 0x0A)
OFFSET = 0x0E

STOP = 0x20
OSCILLATOR_STOPPED = 0x80
POWER = 0xE0
BATTERY_LOW = 0x04
EACH_MINUTE = 0x80
#: ppm per step, with a correction every two hours and every minute (section 8.8). A positive offset is
#: slower.
STEP_PPM, STEP_PPM_EACH_MINUTE = 4.340, 4.069
#: From the release of STOP to the first change of second, in s (section 8.10).
FIRST_SECOND = 0.508

#: The writable bits of each register (table 4).
_WRITABLE = (
    *(0xFF, 0xF7, 0xEB),  # control
    *(0xFF, 0x7F, 0x3F, 0x3F, 0x07, 0x1F, 0xFF),  # time
    *(0xFF, 0xBF, 0xBF, 0x87),  # alarm
    *(0xFF, 0xFF, 0x07, 0xFF, 0x77, 0xFF),  # offset, timers
)
#: The registers that are not 0 after power-on (table 4).
_ALARMS = range(0x0A, 0x0E)
_POWER_ON = {CONTROL_3: 0xE0, SECONDS: 0x80, 0x10: 0x07, 0x12: 0x07} | dict.fromkeys(_ALARMS, 0x80)


class PCF8523(ClockChip):
    """The clock chip."""

    name = words.PCF8523
    address = 0x68
    registers = 0x14

    #: Whether the battery is nearly empty.
    battery_is_low = False

    def lose_battery(self) -> None:
        self._registers[:] = bytes(self.registers)
        for register, value in _POWER_ON.items():
            self._registers[register] = value
        self._counter = SecondsCounter(CENTURY)
        self._stopped_flag = True

    def _be_set(self) -> None:
        self._stopped_flag = False
        self._registers[CONTROL_3] = 0
        self._registers[CONTROL_1] &= ~STOP

    @property
    def has_lost_time(self) -> bool:
        return self._stopped_flag

    @property
    def stands_still(self) -> bool:
        """Whether STOP is set."""
        return bool(self._registers[CONTROL_1] & STOP)

    def _uses_battery(self) -> bool:
        return self._registers[CONTROL_3] & POWER != POWER

    def _correction_ppm(self) -> float:
        offset = self._registers[OFFSET] & 0x7F
        step = STEP_PPM_EACH_MINUTE if self._registers[OFFSET] & EACH_MINUTE else STEP_PPM
        return -step * (offset - 128 if offset & 0x40 else offset)

    def _advance(self, seconds: float) -> None:
        if not self.stands_still:
            self._counter.advance(seconds)

    def _refresh(self) -> None:
        moment = calendar(self._counter.whole - CENTURY)
        registers = self._registers
        registers[SECONDS] = to_bcd(moment.second) | (OSCILLATOR_STOPPED if self._stopped_flag else 0)
        registers[MINUTES], registers[HOURS] = to_bcd(moment.minute), to_bcd(moment.hour)
        registers[DAYS], registers[MONTHS] = to_bcd(moment.day), to_bcd(moment.month)
        registers[WEEKDAYS], registers[YEARS] = moment.isoweekday() % 7, to_bcd(moment.year - 2000)
        looks = registers[CONTROL_3] & POWER in (0x00, 0x20)
        registers[CONTROL_3] &= ~BATTERY_LOW
        registers[CONTROL_3] |= BATTERY_LOW if looks and self.battery_is_low else 0

    def _store(self, register: int, byte: int) -> None:
        if register == CONTROL_1 and self._registers[CONTROL_1] & STOP and not byte & STOP:
            # STOP holds the lower part of the divider at its start.
            self._counter.fraction = 1 - FIRST_SECOND
        if register == SECONDS:
            self._stopped_flag = bool(byte & OSCILLATOR_STOPPED)
        mask = _WRITABLE[register]
        self._registers[register] = self._registers[register] & ~mask | byte & mask

    def _written(self, registers: set[int]) -> None:
        if registers & set(range(SECONDS, YEARS + 1)):
            values = self._registers
            date = from_bcd(values[YEARS]), from_bcd(values[MONTHS]), from_bcd(values[DAYS])
            time = from_bcd(values[HOURS]), from_bcd(values[MINUTES]), from_bcd(values[SECONDS] & 0x7F)
            # The fraction of a second continues. Only STOP resets it.
            self._counter.whole = written(*date, *time)
