"""The PCF8523 clock chip (NXP PCF8523, rev. 7), read and set as Unix time in UTC."""

from totpkey_protocol import limits, words

from .dates import days_from_civil, from_registers, to_bcd, utc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Bus

ADDRESS = 0x68
#: Registers 00h to 13h; a read wraps to 00h after the last (section 8.1).
REGISTERS = 0x14

_CONTROL_1 = 0x00
_CONTROL_3 = 0x02
_SECONDS = 0x03
_OFFSET = 0x0E
#: Control_1: the time is stopped (table 7). Of its other bits, the crystal's load is kept.
_STOP = 0x20
_LOAD = 0x80
#: Control_3: power management in bits 7 to 5. The default, 111, uses no battery (table 11).
_POWER = 0xE0
_BATTERY_LOW = 0x04
#: Seconds, bit 7: the oscillator has stopped since the time was last set (table 16).
_OSCILLATOR_STOPPED = 0x80
#: The first second after a stop takes 508 ms (section 8.10), so it waits for the rest.
_LEAD = 492


class PCF8523:
    """One PCF8523 on the bus. All methods raise OSError when the chip does not answer."""

    name = words.PCF8523
    #: A plain crystal: 20 ppm, ageing, and more loss at temperatures other than 25 °C. In ppb.
    worst = 40_000
    #: It does not compensate for temperature: a season may differ so much from the year.
    steady, young = 8000, 8000

    def __init__(self, bus: "Bus") -> None:
        self._bus = bus
        self._pointer = bytes((_CONTROL_1,))
        self._data = bytearray(_OFFSET + 1)

    @property
    def battery(self) -> str:
        """The state at the last read. The chip checks only while the battery is enabled (table 11)."""
        power = self._data[_CONTROL_3]
        if power & _POWER == _POWER:
            return words.OFF
        return words.LOW if power & _BATTERY_LOW else words.GOOD

    def read(self) -> "int | None":
        """The time in whole seconds; None if the chip has lost it, or is stopped."""
        data = self._data
        self._bus.write_then_read(ADDRESS, self._pointer, data)
        if data[_SECONDS] & _OSCILLATOR_STOPPED or data[_CONTROL_1] & _STOP:
            return None
        time = from_registers(
            data[3] & 0x7F, data[4] & 0x7F, data[5] & 0x3F, data[6] & 0x3F, data[8] & 0x1F, data[9]
        )
        return time if limits.TIME_LEAST <= time <= limits.TIME_MOST else None

    def set(self, time: int) -> None:
        """Set the time, and enable the battery. It takes half a second, and compensates for that.

        A power cut during this leaves the chip stopped, which `read` reports as lost.
        """
        year, month, day, hour, minute, second = utc(time)
        weekday = (days_from_civil(year, month, day) + 4) % 7
        self.read()
        load = self._data[_CONTROL_1] & _LOAD
        # 24-hour mode is the zero in bit 3; battery switch-over in standard mode the zeros in Control_3.
        self._bus.write(ADDRESS, bytes((_CONTROL_1, load | _STOP, 0, 0)))
        values = (second, minute, hour, day, weekday, month, year - 2000)
        self._bus.write(ADDRESS, bytes([_SECONDS]) + bytes([to_bcd(value) for value in values]))
        self._bus.pause(_LEAD)
        self._bus.write(ADDRESS, bytes((_CONTROL_1, load)))

    def foreign(self) -> int:
        """How far another program may have moved the rate, in ppb: 4340 for a step (section 8.8)."""
        self.read()
        offset = self._data[_OFFSET] & 0x7F
        return 4340 * min(offset, 128 - offset)
