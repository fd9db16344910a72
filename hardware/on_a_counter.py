"""Set an RV-3032's offset by a frequency counter at TP8 (CLKOUT). This runs on the stick, in CircuitPython.

Copy it to the drive of a board with plain CircuitPython and no cell, and type in its REPL:

    import board, on_a_counter
    i2c = board.I2C(); i2c.try_lock()
    on_a_counter.one_hertz(i2c)             # read the counter at TP8, 100 s or longer
    on_a_counter.keep_offset(i2c, 0.83)     # if it read 1.000 000 83 Hz

The key's firmware leaves this offset alone until it has measured the drift itself. Registers: application
manual 1.3, 5.3 (offset), 4.4 (clock output) and 4.6 (EEPROM).
"""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ADDRESS = 0x51
_TEMPERATURE, _CONTROL_1, _EE_ADDRESS, _POWER, _OFFSET, _CLKOUT_2 = 0x0E, 0x10, 0x3D, 0xC0, 0xC1, 0xC3
#: Output on and battery off; 1 Hz, the lowest choice and compensated, where 32 768 Hz is not.
_OUTPUT_ON, _ONE_HERTZ = 0x00, 0x60
_NO_REFRESH, _BUSY, _WRITE_ONE = 0x04, 0x04, 0x21
#: One step of the offset in ppm, 1 / (32768 x 128). Positive is slower.
STEP = 1e6 / (32768 * 128)


def one_hertz(i2c: "Any") -> None:
    """Give 1 Hz to TP8 until the supply is drawn. Nothing is stored."""
    i2c.writeto(ADDRESS, bytes((_CONTROL_1, _NO_REFRESH)))
    i2c.writeto(ADDRESS, bytes((_POWER, _OUTPUT_ON)))
    i2c.writeto(ADDRESS, bytes((_CLKOUT_2, _ONE_HERTZ)))


def keep_offset(i2c: "Any", ppm: float) -> float:
    """Store the offset that takes `ppm` away (positive: the clock is fast). Return what is left, in ppm."""
    offset = max(-32, min(31, round(ppm / STEP)))
    i2c.writeto(ADDRESS, bytes((_CONTROL_1, _NO_REFRESH)))
    i2c.writeto(ADDRESS, bytes((_POWER, _OUTPUT_ON)))
    i2c.writeto(ADDRESS, bytes((_OFFSET, offset & 0x3F)))
    i2c.writeto(ADDRESS, bytes((_EE_ADDRESS, _OFFSET, offset & 0x3F, _WRITE_ONE)))
    status = bytearray((_BUSY,))
    while status[0] & _BUSY:
        time.sleep(0.02)
        i2c.writeto_then_readfrom(ADDRESS, bytes((_TEMPERATURE,)), status)
    return ppm - offset * STEP
