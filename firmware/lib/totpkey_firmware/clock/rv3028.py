"""The RV-3028 clock chip (RV-3028-C7 application manual, rev. 1.3), read and set by its Unix time counter."""

from totpkey_protocol import limits, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Bus

ADDRESS = 0x52

_STATUS = 0x0E
_CONTROL_1 = 0x0F
_CONTROL_2 = 0x10
_UNIX_TIME = 0x1B
_COMMAND = 0x27
_BACKUP = 0x37
#: Status: the chip was without any power; its EEPROM is at work (section 3.6).
_POWER_ON_RESET = 0x01
_EEPROM_BUSY = 0x80
#: Control 1: the registers are not refreshed from EEPROM (section 3.7).
_NO_REFRESH = 0x08
#: Control 2: restarts the second (section 3.7).
_RESET = 0x01
#: Commands to the EEPROM: none, and write all settings (section 4.6).
_NONE, _UPDATE = 0x00, 0x11
#: Backup: switch to the battery when the supply is below it and below 2 V (section 3.15).
_SWITCH_OVER = 0x0C
_LEVEL_SWITCHING = 0x0C
#: Interval of polling the EEPROM, in ms, and number of polls at most. A write takes 63 ms (section 6).
_LOOK, _LOOKS = 5, 40


class RV3028:
    """One RV-3028 on the bus. All methods raise OSError when the chip does not answer.

    The calendar's registers are not used, since the counter is simpler.
    """

    name = words.RV3028
    #: 1 ppm at 25 °C, plus the crystal's curve at everyday temperatures and ageing. In ppb.
    worst = 22_000
    #: It does not compensate for temperature: a season may differ so much from the year.
    steady, young = 8000, 8000
    #: It has no flag for a weak battery.
    battery = words.UNKNOWN

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._data = bytearray(_UNIX_TIME + 4 - _STATUS)
        self._byte = bytearray(1)

    def read(self) -> "int | None":
        """The time in whole seconds; None if the chip has lost it.

        The counter runs during a read, so it is read until two reads agree (section 3.9).
        """
        time, last = self._count(), -1
        while time != last:
            time, last = self._count(), time
        if self._data[0] & _POWER_ON_RESET:
            return None
        return time if limits.TIME_LEAST <= time <= limits.TIME_MOST else None

    def set(self, time: int) -> None:
        """Set the time, and enable the battery. The second restarts."""
        self._bus.write(ADDRESS, bytes([_UNIX_TIME]) + time.to_bytes(4, "little"))
        self._bus.write(ADDRESS, bytes((_CONTROL_2, self._read(_CONTROL_2) | _RESET)))
        self._bus.write(ADDRESS, bytes((_STATUS, self._read(_STATUS) & ~_POWER_ON_RESET)))
        # This comes last, since it takes 63 ms the first time.
        self._use_battery()

    def foreign(self) -> int:
        """How far another program may have moved the rate, in ppb. The offset is the factory's."""
        return 0

    def _count(self) -> int:
        self._bus.write_then_read(ADDRESS, bytes((_STATUS,)), self._data)
        return int.from_bytes(self._data[_UNIX_TIME - _STATUS :], "little")

    def _read(self, register: int) -> int:
        self._bus.write_then_read(ADDRESS, bytes((register,)), self._byte)
        return self._byte[0]

    def _use_battery(self) -> None:
        """Enable the battery, also in EEPROM, which endures 10 000 writes."""
        backup = self._read(_BACKUP)
        wanted = backup & ~_SWITCH_OVER | _LEVEL_SWITCHING
        if wanted == backup:
            return
        control = self._read(_CONTROL_1)
        self._bus.write(ADDRESS, bytes((_CONTROL_1, control | _NO_REFRESH)))
        try:
            self._wait()
            self._bus.write(ADDRESS, bytes((_BACKUP, wanted)))
            self._bus.write(ADDRESS, bytes((_COMMAND, _NONE)))
            self._bus.write(ADDRESS, bytes((_COMMAND, _UPDATE)))
            self._wait()
        finally:
            self._bus.write(ADDRESS, bytes((_CONTROL_1, control & ~_NO_REFRESH)))

    def _wait(self) -> None:
        for _ in range(_LOOKS):
            if not self._read(_STATUS) & _EEPROM_BUSY:
                return
            self._bus.pause(_LOOK)
        raise OSError
