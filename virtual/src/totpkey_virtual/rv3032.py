"""An RV-3032 real-time clock at register level, as the I2C bus sees it (application manual, rev. 1.3).

Modelled are the calendar, the flags, STOP, the thermometer, the offset, the switch-over to a battery, and the
EEPROM behind the settings, which a cut of power tears. Alarm, timer, time stamps and clock output are stored
but do nothing; the password is not modelled.
"""

from __future__ import annotations

from totpkey_protocol import words
from totpkey_virtual.clock_chip import (
    CENTURY,
    DAY,
    ClockChip,
    Now,
    SecondsCounter,
    calendar,
    from_bcd,
    to_bcd,
    written,
)

HUNDREDTHS, SECONDS, MINUTES, HOURS, WEEKDAY, DATE, MONTH, YEAR = range(8)
STATUS, TEMPERATURE, TEMPERATURE_HIGH = 0x0D, 0x0E, 0x0F
CONTROL_1, CONTROL_2 = 0x10, 0x11
EE_ADDRESS, EE_DATA, EE_COMMAND = 0x3D, 0x3E, 0x3F
PMU, OFFSET, REFERENCE = 0xC0, 0xC1, 0xC4

VOLTAGE_LOW, POWER_ON_RESET, EVENT = 0x01, 0x02, 0x04
SWITCHED, BUSY, WRITE_FAILED = 0x01, 0x04, 0x08
NO_REFRESH = 0x04
STOP = 0x01
SWITCH_OVER, DIRECT, LEVEL = 0x30, 0x10, 0x20
CHARGER = 0x03
UPDATE, REFRESH, WRITE_ONE, READ_ONE = 0x11, 0x12, 0x21, 0x22
#: 1 / (32768 × 128), in ppm. A positive offset is slower (sections 3.20.2 and 5.3).
STEP_PPM = 1e6 / (32768 * 128)
#: How long the EEPROM is busy, in s (section 7.2): at power-on, and with each command.
POWER_ON_TIME = 0.066
TIMES = {UPDATE: 0.046, REFRESH: 0.0014, WRITE_ONE: 0.0048, READ_ONE: 0.0011}

#: The settings, which RAM mirrors, and the whole EEPROM. Of the last five settings, RAM's copy reads as 0.
_SETTINGS = range(0xC0, 0xCB)
_READABLE = range(0xC0, 0xC6)
_EEPROM = range(0xC0, 0xEB)
#: The writable bits of each register (sections 3.2 and 3.3); a register that is not named has none.
_WRITABLE = (
    {SECONDS: 0x7F, MINUTES: 0x7F, HOURS: 0x3F, WEEKDAY: 0x07, DATE: 0x3F, MONTH: 0x1F, YEAR: 0xFF}
    | {0x08: 0xFF, 0x09: 0xBF, 0x0A: 0xBF, 0x0B: 0xFF, 0x0C: 0x0F}
    | {CONTROL_1: 0x3F, CONTROL_2: 0x7F, 0x12: 0x1F, 0x13: 0x27, 0x14: 0xFF, 0x15: 0xF1}
    | {0x16: 0xFF, 0x17: 0xFF, EE_ADDRESS: 0xFF, EE_DATA: 0xFF}
    | dict.fromkeys(range(0x40, 0x50), 0xFF)
    | {PMU: 0x7F}
    | dict.fromkeys(range(OFFSET, _READABLE.stop), 0xFF)
)
#: Flags that software can clear, but not set.
_FLAGS = {STATUS: 0xFF, TEMPERATURE: 0x0B}
#: Writing the status clears these, whatever is written (section 3.7).
_TEMPERATURE_FLAGS = 0xC0


class RV3032(ClockChip):
    """The clock chip."""

    name = words.RV3032
    address = 0x51
    registers = 0x100

    #: Writes to the EEPROM so far. It endures 10 000.
    eeprom_writes = 0
    #: What a byte becomes whose writing is cut: here the charger at its strongest.
    torn = 0x7F

    def __init__(self, now: Now, drift_ppm: float = 0.0, celsius: float = 25.0) -> None:
        #: What the chip's thermometer measures, in steps of 0.0625 °C.
        self.celsius = celsius
        #: Commands to the EEPROM with the automatic refresh or the switch-over on. The manual forbids both
        #: (sections 3.18 and 3.20.1), but the chip obeys.
        self.careless = 0
        self._eeprom = bytearray(len(_EEPROM))
        self._eeprom[REFERENCE - PMU : REFERENCE - PMU + 2] = (0x0CC0).to_bytes(2, "little")
        self._command, self._busy_until = 0, 0.0
        self._on_battery = False
        super().__init__(now, drift_ppm)

    # What the world does to it

    def lose_battery(self) -> None:
        self._tear()
        self._registers[:] = bytes(self.registers)
        self._registers[DATE] = self._registers[MONTH] = 1
        # The event input is tied to ground, which the chip takes for an event.
        self._registers[STATUS] = POWER_ON_RESET | EVENT
        self._registers[EE_ADDRESS] = PMU
        self._hidden = bytearray(len(_SETTINGS) - len(_READABLE))
        self._counter, self._weekday = SecondsCounter(CENTURY), 0
        self._command, self._busy_until = REFRESH, self._now() + POWER_ON_TIME
        self._on_battery = False

    def lose_supply(self) -> None:
        self._count()
        self._tear()
        super().lose_supply()
        if self._uses_battery():
            self._on_battery = True
            self._registers[TEMPERATURE] |= SWITCHED

    def _be_set(self) -> None:
        self._finish(self._busy_until)
        self._registers[STATUS] = 0
        self._registers[CONTROL_2] &= ~STOP
        self._registers[PMU] = self._eeprom[0] = self._eeprom[0] & ~(SWITCH_OVER | CHARGER) | LEVEL

    @property
    def has_lost_time(self) -> bool:
        return bool(self._registers[STATUS] & (POWER_ON_RESET | VOLTAGE_LOW))

    @property
    def charges(self) -> bool:
        """Whether it charges its battery, as no lithium cell endures."""
        self._count()
        return bool(self._registers[PMU] & CHARGER) and self._uses_battery()

    def stored(self, register: int) -> int:
        """A byte of the EEPROM."""
        self._count()
        return self._eeprom[register - PMU]

    # What the bus does to it

    def write(self, data: bytes) -> None:
        self._count()
        # The bus works only while there is a supply.
        self._on_battery = False
        super().write(data)

    # What it is made of

    def _uses_battery(self) -> bool:
        return self._registers[PMU] & SWITCH_OVER in (DIRECT, LEVEL)

    def _correction_ppm(self) -> float:
        offset = self._registers[OFFSET] & 0x3F
        return -STEP_PPM * (offset - 64 if offset & 0x20 else offset)

    def _advance(self, seconds: float) -> None:
        self._finish(self._now())
        if self._registers[CONTROL_2] & STOP:
            return
        before = (self._counter.whole + 1) // DAY
        self._counter.advance(seconds)
        refreshes = not self._on_battery and not self._registers[CONTROL_1] & NO_REFRESH
        if refreshes and (self._counter.whole + 1) // DAY != before:
            # In the last second of a day the chip reloads all settings from EEPROM (section 4.6.2).
            self._mirror()

    def _refresh(self) -> None:
        whole = self._counter.whole - CENTURY
        moment = calendar(whole)
        weekday = (whole // DAY + self._weekday) % 7
        date = (weekday, moment.day, moment.month, moment.year - 2000)
        fields = (int(self._counter.fraction * 100), moment.second, moment.minute, moment.hour, *date)
        self._registers[: len(fields)] = bytes(map(to_bcd, fields))
        sixteenths = round(self.celsius * 16)
        flags = self._registers[TEMPERATURE] & _FLAGS[TEMPERATURE] | (BUSY if self._command else 0)
        self._registers[TEMPERATURE] = (sixteenths & 0x0F) << 4 | flags
        self._registers[TEMPERATURE_HIGH] = sixteenths >> 4 & 0xFF

    def _store(self, register: int, byte: int) -> None:
        if register in _FLAGS:
            kept = byte & ~_TEMPERATURE_FLAGS if register == STATUS else byte
            self._registers[register] &= kept | ~_FLAGS[register] & 0xFF
        elif register == EE_COMMAND:
            self._obey(byte)
        elif register in _SETTINGS and register not in _READABLE:
            self._hidden[register - _READABLE.stop] = byte
        else:
            self._registers[register] = byte & _WRITABLE.get(register, 0)
        if register == CONTROL_2 and byte & STOP:
            self._counter.fraction = 0.0

    def _written(self, registers: set[int]) -> None:
        if registers & set(range(SECONDS, YEAR + 1)):
            self._take_calendar(restart=SECONDS in registers)

    def _take_calendar(self, restart: bool) -> None:
        second, minute, hour, weekday, date, month, year = map(from_bcd, self._registers[SECONDS : YEAR + 1])
        self._counter.whole = written(year, month, date, hour, minute, second)
        self._weekday = (weekday - (self._counter.whole - CENTURY) // DAY) % 7
        if restart:
            self._counter.fraction = 0.0

    # Its EEPROM

    def _obey(self, command: int) -> None:
        """Begin a command; its effect comes when the EEPROM is no longer busy."""
        if self._command or command not in TIMES:
            return
        self.careless += not self._registers[CONTROL_1] & NO_REFRESH or self._uses_battery()
        self._command, self._busy_until = command, self._now() + TIMES[command]

    def _finish(self, now: float) -> None:
        """Do what the EEPROM was busy with, if it is done by `now`."""
        if not self._command or now < self._busy_until:
            return
        command, self._command = self._command, 0
        if command == REFRESH:
            self._mirror()
        elif command == READ_ONE and self._target in _EEPROM:
            self._registers[EE_DATA] = self._eeprom[self._target - PMU]
        for register, byte in self._writes(command).items():
            self._eeprom[register - PMU] = byte
            self.eeprom_writes += 1

    def _tear(self) -> None:
        """Cut the supply: what is just being written to the EEPROM is lost."""
        self._finish(self._now())
        for register in self._writes(self._command):
            self._eeprom[register - PMU] = self.torn
            self._registers[TEMPERATURE] |= WRITE_FAILED
        self._command = 0

    def _writes(self, command: int) -> dict[int, int]:
        """What the command writes to the EEPROM, by address."""
        if command == WRITE_ONE and self._target in _EEPROM:
            return {self._target: self._registers[EE_DATA]}
        if command == UPDATE:
            mirror = self._registers[_READABLE.start : _READABLE.stop] + self._hidden
            return dict(zip(_SETTINGS, mirror, strict=True))
        return {}

    @property
    def _target(self) -> int:
        return self._registers[EE_ADDRESS]

    def _mirror(self) -> None:
        self._registers[_READABLE.start : _READABLE.stop] = self._eeprom[: len(_READABLE)]
        self._hidden[:] = self._eeprom[len(_READABLE) : len(_SETTINGS)]
