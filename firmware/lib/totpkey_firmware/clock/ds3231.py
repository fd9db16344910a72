"""The DS3231 clock chip (Maxim 19-5170), SN and M alike, read and set as Unix time in UTC."""

from totpkey_protocol import limits, words

from .dates import days_from_civil, from_registers, to_bcd, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Bus

ADDRESS = 0x68
#: Registers 00h to 12h; a read wraps to 00h after the last (page 11).
REGISTERS = 0x13

_SECONDS = 0x00
_STATUS = 0x0F
_AGING = 0x10
#: Status register, bit 7: the oscillator has stopped since the time was last set (page 14).
_OSCILLATOR_STOPPED = 0x80
#: Hours register, bit 6: 12-hour mode, set by other software (page 11).
_TWELVE_HOURS = 0x40


class DS3231:
    """One DS3231 on the bus. All methods raise OSError when the chip does not answer."""

    name = words.DS3231
    #: Largest error of an uncalibrated chip's rate, in ppb: 5 ppm for the M, which cannot be told apart
    #: (19-6345 page 3), and ageing; 2 ppm for the SN (page 3), and 5 in ten years.
    worst = 7000
    #: Largest change of a known rate, by temperature and supply, and by ageing while that is not measured
    #: (docs/concepts/clock.md).
    steady, young = 500, 1100
    #: It has no flag for a weak battery.
    battery = words.UNKNOWN

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._pointer = bytes((_SECONDS,))
        self._data = bytearray(_AGING + 1)

    def read(self) -> "int | None":
        """The time in whole seconds; None if the chip has lost it, or has a setting that is not ours.

        Time and status come in one transfer, so they are consistent.
        """
        data = self._data
        self._bus.write_then_read(ADDRESS, self._pointer, data)
        if data[_STATUS] & _OSCILLATOR_STOPPED or data[2] & _TWELVE_HOURS:
            return None
        time = from_registers(
            data[0] & 0x7F, data[1] & 0x7F, data[2] & 0x3F, data[4] & 0x3F, data[5] & 0x1F, data[6]
        )
        return time if limits.TIME_LEAST <= time <= limits.TIME_MOST else None

    def set(self, time: int) -> None:
        """Set the time. Writing the seconds register restarts the second (page 12)."""
        year, month, day, hour, minute, second = utc(time)
        weekday = days_from_civil(year, month, day) % 7 + 1
        values = (second, minute, hour, weekday, day, month, year - 2000)
        # 24-hour mode and century 0 are the zeros in bit 6 of hours and bit 7 of months.
        self._bus.write(ADDRESS, bytes([_SECONDS]) + bytes([to_bcd(value) for value in values]))
        self.read()
        self._bus.write(ADDRESS, bytes((_STATUS, self._data[_STATUS] & ~_OSCILLATOR_STOPPED)))

    def foreign(self) -> int:
        """How far another program may have moved the rate, in ppb: 100 for a step of aging (page 15)."""
        self.read()
        return 100 * min(self._data[_AGING], 256 - self._data[_AGING])
