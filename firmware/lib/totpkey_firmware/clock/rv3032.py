"""The RV-3032 clock chip (RV-3032-C7 application manual, rev. 1.3), read and set as Unix time in UTC."""

from totpkey_protocol import limits, words

from .dates import days_from_civil, from_registers, to_bcd, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Bus

ADDRESS = 0x51

#: All reads begin here. One that began with the hundredths could tear (section 4.5).
_SECONDS = 0x01
_STATUS = 0x0D
_TEMPERATURE = 0x0E
_CONTROL_1 = 0x10
_CONTROL_2 = 0x11
_EE_ADDRESS = 0x3D
_EE_DATA = 0x3E
_POWER = 0xC0
_OFFSET = 0xC1
#: Status: the chip was without any power, or with too little (section 3.7).
_LOST = 0x03
#: Beside the temperature: the EEPROM is at work (section 3.8).
_EEPROM_BUSY = 0x04
#: Control 1: the settings are not refreshed from EEPROM. Control 2: the time is stopped (section 3.9).
_NO_REFRESH = 0x04
_STOP = 0x01
#: Power: no clock output, and the battery when the supply is below 2 V, which is never charged (section 8.2).
_BATTERY = 0x60
_NO_BATTERY = 0x40
_CHARGER = 0x03
#: Commands to the EEPROM: write and read one byte (section 4.6).
_WRITE, _READ = 0x21, 0x22
#: Interval of polling the EEPROM, in ms, and number of polls at most. It takes up to 66 ms (section 7.2).
_LOOK, _LOOKS = 10, 20


class RV3032:
    """One RV-3032 on the bus. All methods raise OSError when the chip does not answer."""

    name = words.RV3032
    #: 2.5 ppm from -40 to 85 °C, and ageing: 3 ppm in the first year, 5.6 in ten (section 7.3). In ppb.
    worst = 8200
    #: As of a DS3231.
    steady, young = 500, 3600
    #: It has no flag for a weak battery.
    battery = words.UNKNOWN

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._pointer = bytes((_SECONDS,))
        self._data = bytearray(_CONTROL_2)
        self._byte = bytearray(1)

    def read(self) -> "int | None":
        """The time in whole seconds; None if the chip has lost it, or is stopped.

        Time and status come in one transfer, so they are consistent. A lithium cell must not be charged, as
        it would be if a cut has torn that setting: then the time is lost, too.
        """
        data = self._data
        self._bus.write_then_read(ADDRESS, self._pointer, data)
        if data[_STATUS - _SECONDS] & _LOST:
            if self._read(_POWER) & _CHARGER:
                self._write(_POWER, _NO_BATTERY)
            return None
        if data[_CONTROL_2 - _SECONDS] & _STOP:
            return None
        time = from_registers(
            data[0] & 0x7F, data[1] & 0x7F, data[2] & 0x3F, data[4] & 0x3F, data[5] & 0x1F, data[6]
        )
        return time if limits.TIME_LEAST <= time <= limits.TIME_MOST else None

    def set(self, time: int) -> None:
        """Set the time, and enable the battery. Writing the seconds restarts the second (section 4.5.1)."""
        year, month, day, hour, minute, second = utc(time)
        weekday = (days_from_civil(year, month, day) + 4) % 7
        values = (second, minute, hour, weekday, day, month, year - 2000)
        self._write(_SECONDS, *[to_bcd(value) for value in values])
        self._write(_CONTROL_2, self._read(_CONTROL_2) & ~_STOP)
        self._write(_STATUS, self._read(_STATUS) & ~_LOST)
        # This comes last, since it takes 10 ms, and 20 the first time.
        self._use_battery()

    def foreign(self) -> int:
        """How far another program may have moved the rate, in ppb: 239 for a step (section 5.3)."""
        offset = self._read(_OFFSET) & 0x3F
        return 239 * min(offset, 64 - offset)

    def _use_battery(self) -> None:
        """Enable the battery, also in EEPROM, which endures 10 000 writes.

        The battery is off meanwhile (section 3.20.1). So a cut loses the time, and all settings come from
        EEPROM again: nobody takes a torn one for what RAM holds.
        """
        control = self._read(_CONTROL_1) & ~_NO_REFRESH
        self._write(_CONTROL_1, control | _NO_REFRESH)
        try:
            self._write(_POWER, _NO_BATTERY)
            # If the EEPROM is not ready to hear this, its data will differ.
            self._command(_BATTERY ^ 0xFF, _READ)
            if self._read(_EE_DATA) != _BATTERY:
                self._command(_BATTERY, _WRITE)
        finally:
            self._write(_POWER, _BATTERY)
            self._write(_CONTROL_1, control)

    def _command(self, value: int, command: int) -> None:
        self._write(_EE_ADDRESS, _POWER, value, command)
        for _ in range(_LOOKS):
            self._bus.pause(_LOOK)
            if not self._read(_TEMPERATURE) & _EEPROM_BUSY:
                return
        raise OSError

    def _read(self, register: int) -> int:
        self._bus.write_then_read(ADDRESS, bytes((register,)), self._byte)
        return self._byte[0]

    def _write(self, *values: int) -> None:
        self._bus.write(ADDRESS, bytes(values))
