"""A DS3231 real-time clock at register level, as the I2C bus sees it (Maxim 19-5170).

Alarms are stored but never go off: no build of the key wires the chip's interrupt pin.
"""

from __future__ import annotations

from totpkey_protocol import words
from totpkey_virtual import clock_chip
from totpkey_virtual.clock_chip import ClockChip, Now, SecondsCounter, calendar, from_bcd, to_bcd, written

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
#: How long a century of the calendar is, in s. It has a leap day in each fourth year.
_CENTURY_LASTS = 36525 * clock_chip.DAY


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
        # 19-5170, table 1: 01/01/00.
        self._counter = SecondsCounter(clock_chip.CENTURY)
        self._counted = self._now()

    def _be_set(self) -> None:
        self._day_of_week = calendar(self._counter.whole - clock_chip.CENTURY).isoweekday()
        self._registers[HOURS] = 0
        self._registers[MONTH] = 0
        self._registers[STATUS] &= ~OSCILLATOR_STOPPED

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
        before = self._counter.whole // clock_chip.DAY
        self._counter.advance(seconds)
        days = self._counter.whole // clock_chip.DAY - before
        self._day_of_week = (self._day_of_week - 1 + days) % 7 + 1
        if self._counter.whole >= clock_chip.CENTURY + _CENTURY_LASTS:
            # When the two digits overflow, the century bit toggles and 00 is a leap year again.
            self._registers[MONTH] ^= CENTURY
            self._counter.whole -= _CENTURY_LASTS

    def _refresh(self) -> None:
        # 12-hour mode and century bit stay as they are.
        moment = calendar(self._counter.whole - clock_chip.CENTURY)
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
        self._day_of_week = max(1, registers[DAY])
        date = from_bcd(registers[YEAR]), from_bcd(registers[MONTH] & 0x1F), from_bcd(registers[DATE])
        minute, second = from_bcd(registers[MINUTES]), from_bcd(registers[SECONDS])
        # "Illogical time and date entries result in undefined operation": here they overflow.
        moment = written(*date, self._hour_written(), minute, second) - clock_chip.CENTURY
        self._counter.whole = clock_chip.CENTURY + moment % _CENTURY_LASTS
        if restart:
            self._counter.fraction = 0.0

    def _hour_written(self) -> int:
        hours = self._registers[HOURS]
        if not hours & TWELVE_HOURS:
            return from_bcd(hours & 0x3F)
        return from_bcd(hours & 0x1F) % 12 + (12 if hours & PM else 0)
