"""Identifies the clock chip on the bus. Only its driver is loaded."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..platform import Bus
    from .ds3231 import DS3231
    from .pcf8523 import PCF8523
    from .rv3028 import RV3028
    from .rv3032 import RV3032

    Chip = DS3231 | PCF8523 | RV3028 | RV3032

#: Address of DS3231 and PCF8523, of RV-3028, and of RV-3032, which other chips have, too.
_SHARED = 0x68
_RV3028 = 0x52
_RV3032 = 0x51
#: Each chip's number of registers, after which a read wraps around, and the range without the running time.
_DS3231 = (19, 7, 19)
_PCF8523 = (20, 10, 20)
#: How many registers may differ between two rounds: a flag, or the temperature.
_MAY_DIFFER = 2


def find(bus: "Bus") -> "Chip | None":
    """The chip, identified by its address and behaviour; None without a chip or for an unknown one.

    It only reads. Two chips share an address, and a write for one would harm the other.
    """
    data = _read(bus, _SHARED, 2 * _PCF8523[0])
    if data:
        first, second = _differing(data, _DS3231), _differing(data, _PCF8523)
        if first < second and first <= _MAY_DIFFER:
            from .ds3231 import DS3231

            return DS3231(bus)
        if second < first and second <= _MAY_DIFFER:
            from .pcf8523 import PCF8523

            return PCF8523(bus)
    data = _read(bus, _RV3028, 7)
    if data and _is_calendar(data):
        from .rv3028 import RV3028

        return RV3028(bus)
    data = _read(bus, _RV3032, 0x40)
    if data and _is_rv3032(data):
        from .rv3032 import RV3032

        return RV3032(bus)
    return None


def _read(bus: "Bus", address: int, count: int) -> "bytearray | None":
    data = bytearray(count)
    try:
        bus.write_then_read(address, b"\x00", data)
    except OSError:
        return None
    return data


def _differing(data: bytearray, chip: "tuple[int, int, int]") -> int:
    """How many registers differ when the read wraps around to them again."""
    count, first, end = chip
    end = min(end, len(data) - count)
    return sum([data[at] != data[at + count] for at in range(first, end)])


def _is_rv3032(data: bytearray) -> bool:
    """Whether these can be an RV-3032's registers.

    PCF8563, its kin, and memory chips share the address. This chip alone has an address of its EEPROM at 3Dh,
    zeros around it, and the weekday before the date.
    """
    reserved = any(data[0x2E:0x3D]) or data[0x3F]
    return _is_calendar(data[1:8]) and not reserved and 0xC0 <= data[0x3D] <= 0xEA


def _is_calendar(data: bytearray) -> bool:
    """Whether this can be seconds to year in BCD. An EEPROM may share the address, but holds no such data."""
    most = (0x59, 0x59, 0x23, 0x06, 0x31, 0x12, 0x99)
    least = (0, 0, 0, 0, 1, 1, 0)
    for value, low, high in zip(data, least, most):
        if not low <= value <= high or value & 15 > 9:
            return False
    return True
