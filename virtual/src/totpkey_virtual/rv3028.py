"""An RV-3028 real-time clock at register level, as the I2C bus sees it (application manual, rev. 1.3).

Modelled are the Unix time counter, the calendar, the status flags, the offset, the switch-over to a battery,
and the EEPROM with the settings.
"""

from __future__ import annotations

from totpkey_protocol import words
from totpkey_virtual.clock_chip import DAY, ClockChip, SecondsCounter, calendar, to_bcd

STATUS, CONTROL_1, CONTROL_2 = 0x0E, 0x0F, 0x10
UNIX_TIME = 0x1B
COMMAND = 0x27
OFFSET, BACKUP = 0x36, 0x37
POWER_ON_RESET = 0x01
BUSY = 0x80
NO_REFRESH = 0x08
RESET = 0x01
UPDATE = 0x11
SWITCH_OVER = 0x0C
#: 1 / (32768 × 32), in ppm. A positive offset is slower (section 4.15).
STEP_PPM = 1e6 / (32768 * 32)
#: How long the EEPROM takes to store all settings, in s (section 6).
EEPROM_TIME = 0.063

_SETTINGS = range(0x30, 0x38)


class RV3028(ClockChip):
    """The clock chip."""

    name = words.RV3028
    address = 0x52
    registers = 0x40

    #: Writes to the EEPROM so far. It endures 10 000.
    eeprom_writes = 0
    _eeprom = bytes(len(_SETTINGS))
    _busy_until = 0.0

    def lose_battery(self) -> None:
        self._registers[:] = bytes(self.registers)
        self._registers[STATUS] = POWER_ON_RESET
        self._registers[_SETTINGS.start : _SETTINGS.stop] = self._eeprom
        self._counter = SecondsCounter()
        self._calendar = SecondsCounter()

    def _be_set(self) -> None:
        self._registers[STATUS] &= ~POWER_ON_RESET
        self._registers[BACKUP] |= SWITCH_OVER

    @property
    def has_lost_time(self) -> bool:
        return bool(self._registers[STATUS] & POWER_ON_RESET)

    def _uses_battery(self) -> bool:
        return self._registers[BACKUP] & SWITCH_OVER in (0x04, 0x0C)

    def _correction_ppm(self) -> float:
        offset = self._registers[OFFSET] << 1 | self._registers[BACKUP] >> 7
        return -STEP_PPM * (offset - 512 if offset & 0x100 else offset)

    def _advance(self, seconds: float) -> None:
        before = self._counter.whole // DAY
        self._counter.advance(seconds)
        self._calendar.advance(seconds)
        if self._counter.whole // DAY != before and not self._registers[CONTROL_1] & NO_REFRESH:
            # At midnight the chip reloads all settings from EEPROM (section 4.6).
            self._registers[_SETTINGS.start : _SETTINGS.stop] = self._eeprom

    def _refresh(self) -> None:
        moment = calendar(self._calendar.whole)
        weekday = self._calendar.whole // DAY % 7
        date = (moment.day, moment.month, moment.year - 2000)
        fields = (moment.second, moment.minute, moment.hour, weekday, *date)
        self._registers[: len(fields)] = bytes(map(to_bcd, fields))
        self._registers[UNIX_TIME : UNIX_TIME + 4] = (self._counter.whole & 0xFFFFFFFF).to_bytes(4, "little")
        self._registers[STATUS] &= ~BUSY
        if self._now() < self._busy_until:
            self._registers[STATUS] |= BUSY

    def _store(self, register: int, byte: int) -> None:
        if register == STATUS:
            # Flags can be cleared, but not set.
            byte &= self._registers[STATUS]
        elif register == CONTROL_2 and byte & RESET:
            self._counter.fraction = self._calendar.fraction = 0.0
            byte &= ~RESET
        elif register == COMMAND and byte == UPDATE and self._registers[CONTROL_1] & NO_REFRESH:
            self._eeprom = bytes(self._registers[_SETTINGS.start : _SETTINGS.stop])
            self.eeprom_writes += 1
            self._busy_until = self._now() + EEPROM_TIME
        self._registers[register] = byte

    def _written(self, registers: set[int]) -> None:
        counter = range(UNIX_TIME, UNIX_TIME + 4)
        if registers & set(counter):
            self._counter.whole = int.from_bytes(self._registers[counter.start : counter.stop], "little")
