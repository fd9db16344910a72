"""A DS3231 real-time clock at register level, as the I2C bus sees it (Maxim 19-5170).

Alarms are stored but never go off: no build of the key wires the chip's interrupt pin.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from totpkey_protocol import words
from totpkey_virtual.clock_chip import ClockChip, Now, from_bcd, to_bcd

#: Registers 00h to 12h; the pointer wraps to 00h after the last.
REGISTERS = 0x13

SECONDS, MINUTES, HOURS, DAY, DATE, MONTH, YEAR = range(7)
ALARM_1, ALARM_2 = 0x07, 0x0B
CONTROL, STATUS, AGING, TEMPERATURE = 0x0E, 0x0F, 0x10, 0x11

CENTURY = 0x80
TWELVE_HOURS = 0x40
PM = 0x20
OSCILLATOR_STOPPED = 0x80
EN32KHZ = 0x08
ALARM_FLAGS = 0x03

#: How much one step of the aging register slows the clock at 25 °C, in ppm.
AGING_PPM = 0.1

#: The writable bits of each register; others read as 0. A temperature conversion (CONV) ends at once, so
#: neither it nor the busy flag is ever set.
_WRITABLE = (
    *(0x7F, 0x7F, 0x7F, 0x07, 0x3F, 0x9F, 0xFF),  # time
    *(0xFF, 0xFF, 0xFF, 0xFF),  # alarm 1
    *(0xFF, 0xFF, 0xFF),  # alarm 2
    *(0xDF, 0x8B, 0xFF, 0x00, 0x00),  # control, status, aging, temperature
)
_POWER_ON_CONTROL = 0x1C
_POWER_ON_STATUS = OSCILLATOR_STOPPED | EN32KHZ
#: The calendar's value at power-on (19-5170, table 1: 01/01/00).
_FIRST_DAY = datetime(2000, 1, 1)


class DS3231(ClockChip):
    """The clock chip. Initially its oscillator-stop flag is set, and it counts from 2000-01-01."""

    name = words.DS3231
    #: 19-5170, "I2C Serial Data Bus".
    address = 0x68
    registers = REGISTERS

    def __init__(self, now: Now, drift_ppm: float = 0.0, celsius: float = 25.0) -> None:
        #: What the chip's thermometer measures, in steps of 0.25 °C.
        self.celsius = celsius
        super().__init__(now, drift_ppm)

    def lose_battery(self) -> None:
        self._registers[:] = bytes(REGISTERS)
        self._registers[CONTROL] = _POWER_ON_CONTROL
        self._registers[STATUS] = _POWER_ON_STATUS
        self._pointer = 0
        self._day_of_week = 1
        self._moment = _FIRST_DAY
        self._fraction = 0.0
        self._counted = self._now()

    def set_unix(self, unix_time: float) -> None:
        moment = datetime.fromtimestamp(math.floor(unix_time), UTC).replace(tzinfo=None)
        if not 2000 <= moment.year <= 2099:
            raise ValueError("a DS3231 holds the years 2000 to 2099")
        self._counted = self._now()
        self._moment = moment
        self._fraction = unix_time - math.floor(unix_time)
        self._day_of_week = moment.isoweekday()
        self._registers[HOURS] = 0
        self._registers[MONTH] = 0
        self._registers[STATUS] &= ~OSCILLATOR_STOPPED

    @property
    def unix_time(self) -> float:
        self._count()
        return self._moment.replace(tzinfo=UTC).timestamp() + self._fraction

    @property
    def has_lost_time(self) -> bool:
        """The oscillator-stop flag OSF."""
        return bool(self._registers[STATUS] & OSCILLATOR_STOPPED)

    # What the bus does to it

    def _store(self, register: int, byte: int) -> None:
        mask = _WRITABLE[register]
        old = self._registers[register]
        if register == STATUS:
            # Software can clear these three flags, but not set them.
            mask &= ~(OSCILLATOR_STOPPED | ALARM_FLAGS) | old & ~byte
        self._registers[register] = old & ~mask | byte & mask

    def _written(self, registers: set[int]) -> None:
        if registers & set(range(SECONDS, YEAR + 1)):
            self._set_calendar(restart=SECONDS in registers)

    # Counting

    def _correction_ppm(self) -> float:
        return -AGING_PPM * int.from_bytes(self._registers[AGING : AGING + 1], "big", signed=True)

    def _advance(self, seconds: float) -> None:
        passed = self._fraction + seconds
        whole = math.floor(passed)
        self._fraction = passed - whole
        self._advance_calendar(whole)

    def _advance_calendar(self, seconds: int) -> None:
        old = self._moment
        new = old + timedelta(seconds=seconds)
        days = (new.date() - old.date()).days
        self._day_of_week = (self._day_of_week - 1 + days) % 7 + 1
        if new.year >= 2100:
            # When the two digits overflow, the century bit toggles and 00 is a leap year again.
            self._registers[MONTH] ^= CENTURY
            new = _FIRST_DAY + (new - datetime(2100, 1, 1))
        self._moment = new

    def _refresh(self) -> None:
        # 12-hour mode and century bit stay as they are.
        moment = self._moment
        self._registers[SECONDS] = to_bcd(moment.second)
        self._registers[MINUTES] = to_bcd(moment.minute)
        self._registers[HOURS] = self._hours(moment.hour)
        self._registers[DAY] = self._day_of_week
        self._registers[DATE] = to_bcd(moment.day)
        self._registers[MONTH] = self._registers[MONTH] & CENTURY | to_bcd(moment.month)
        self._registers[YEAR] = to_bcd(moment.year - 2000)
        quarters = round(self.celsius * 4)
        self._registers[TEMPERATURE] = quarters >> 2 & 0xFF
        self._registers[TEMPERATURE + 1] = (quarters & 3) << 6

    def _hours(self, hour: int) -> int:
        if not self._registers[HOURS] & TWELVE_HOURS:
            return to_bcd(hour)
        return TWELVE_HOURS | (PM if hour >= 12 else 0) | to_bcd((hour - 1) % 12 + 1)

    def _set_calendar(self, restart: bool) -> None:
        """Load the calendar from the registers. Writing the seconds restarts the countdown chain."""
        registers = self._registers
        year, month = from_bcd(registers[YEAR]) % 100, from_bcd(registers[MONTH] & 0x1F) % 13
        self._moment = datetime(2000 + year, max(1, month), 1)
        self._day_of_week = max(1, registers[DAY])
        # "Illogical time and date entries result in undefined operation": here they overflow into the next
        # month.
        date, hour = max(1, from_bcd(registers[DATE])), self._hour_written()
        minute, second = from_bcd(registers[MINUTES]), from_bcd(registers[SECONDS])
        self._moment += timedelta(days=date - 1, hours=hour, minutes=minute, seconds=second)
        if self._moment.year > 2099:
            self._moment = self._moment.replace(year=2000)
        if restart:
            self._fraction = 0.0

    def _hour_written(self) -> int:
        hours = self._registers[HOURS]
        if not hours & TWELVE_HOURS:
            return from_bcd(hours & 0x3F)
        return from_bcd(hours & 0x1F) % 12 + (12 if hours & PM else 0)
