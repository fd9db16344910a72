"""The DS3231 clock chip (Maxim 19-5170), read and set as Unix time in UTC."""

from totpkey_protocol.limits import TIME_LEAST, TIME_MOST

from .dates import days_from_civil, unix_time, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Bus

ADDRESS = 0x68

_SECONDS = 0x00
_STATUS = 0x0F
_REGISTERS = 0x10
#: Status register, bit 7: the oscillator has stopped since the time was last set (page 14).
_OSCILLATOR_STOPPED = 0x80


def _to_bcd(number: int) -> int:
    return (number // 10) << 4 | number % 10


def _from_bcd(register: int) -> int:
    return (register >> 4) * 10 + (register & 15)


class DS3231:
    """One DS3231 on the bus. All methods raise OSError when the chip does not answer."""

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._pointer = bytes((_SECONDS,))
        self._data = bytearray(_REGISTERS)

    def read(self) -> "int | None":
        """The time now, whole seconds; None if the chip has lost it.

        Time and status come in one transfer, so that they belong together.
        """
        data = self._data
        self._bus.write_then_read(ADDRESS, self._pointer, data)
        if data[_STATUS] & _OSCILLATOR_STOPPED:
            return None
        time = unix_time(
            2000 + _from_bcd(data[6]),
            _from_bcd(data[5] & 0x1F),
            _from_bcd(data[4] & 0x3F),
            _from_bcd(data[2] & 0x3F),
            _from_bcd(data[1] & 0x7F),
            _from_bcd(data[0] & 0x7F),
        )
        return time if TIME_LEAST <= time <= TIME_MOST else None

    def set(self, time: int) -> None:
        """Set the time. The second starts anew at the write of its register (page 12)."""
        year, month, day, hour, minute, second = utc(time)
        weekday = days_from_civil(year, month, day) % 7 + 1
        values = (second, minute, hour, weekday, day, month, year - 2000)
        # 24-hour mode and century 0 are the zeros in bit 6 of hours and bit 7 of months.
        self._bus.write(ADDRESS, bytes([_SECONDS]) + bytes([_to_bcd(value) for value in values]))
        self._bus.write_then_read(ADDRESS, bytes([_STATUS]), self._data)
        self._bus.write(ADDRESS, bytes((_STATUS, self._data[0] & ~_OSCILLATOR_STOPPED)))
