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
#: Hours register, bit 6: it counts twelve of them, as somebody else has set it (page 11).
_TWELVE_HOURS = 0x40
#: One step of the aging register at 25 °C, in ppb; a positive one makes the clock slower (page 15).
_STEP = 100


class DS3231:
    """One DS3231 on the bus. All methods raise OSError when the chip does not answer."""

    name = words.DS3231
    #: How far the rate may be off as the chip comes, in ppb: 5 ppm for the M, which looks the same (19-6345
    #: page 3), 2 for the SN (page 3).
    worst = 5000
    #: How far it may move once it is known: temperature and ageing (docs/time.md).
    steady = 400
    #: It has no flag for a weak battery.
    battery = words.UNKNOWN

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._pointer = bytes((_SECONDS,))
        self._data = bytearray(_AGING + 1)

    def read(self) -> "int | None":
        """The time now, whole seconds; None if the chip has lost it, or tells it as we never set it.

        Time and status come in one transfer, so that they belong together.
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
        """Set the time. The second starts anew at the write of its register (page 12)."""
        year, month, day, hour, minute, second = utc(time)
        weekday = days_from_civil(year, month, day) % 7 + 1
        values = (second, minute, hour, weekday, day, month, year - 2000)
        # 24-hour mode and century 0 are the zeros in bit 6 of hours and bit 7 of months.
        self._bus.write(ADDRESS, bytes([_SECONDS]) + bytes([to_bcd(value) for value in values]))
        self.read()
        self._bus.write(ADDRESS, bytes((_STATUS, self._data[_STATUS] & ~_OSCILLATOR_STOPPED)))

    def correction(self) -> int:
        """By how much the aging register makes the clock faster, in ppb."""
        self.read()
        aging = self._data[_AGING]
        return -_STEP * (aging - 256 if aging & 0x80 else aging)

    def correct(self, ppb: int) -> int:
        """Make the clock faster by `ppb`, as nearly as the register can; what that gives.

        It takes effect with the next temperature conversion, within 64 s (page 15).
        """
        aging = max(-128, min(127, -((ppb + _STEP // 2) // _STEP)))
        if self.correction() != -_STEP * aging:
            self._bus.write(ADDRESS, bytes((_AGING, aging & 0xFF)))
        return -_STEP * aging
