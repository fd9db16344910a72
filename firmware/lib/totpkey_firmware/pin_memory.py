"""RP2040's registers that note each edge of a pin, even while the processor erases flash and runs nothing.

Each register has four bits for each of eight pins: is low, is high, fell, rose. The last two stay until a
program writes them (RP2040 datasheet 2.19.3, 2.19.6.1). CircuitPython's `keypad` does not use them.
"""

import memorymap
import microcontroller

#: The first register of IO_BANK0 of that kind, INTR0, and the length of all.
_START, _LENGTH = 0x4001_40F0, 16
_PINS = 30
_LOW, _FELL = 1, 4


class PinMemory:
    """What these registers note of some pins, which are high while nobody touches them."""

    def __init__(self, pins: "list[object]") -> None:
        self._memory = memorymap.AddressRange(start=_START, length=_LENGTH)
        #: For each register the bits of the pins that fell; shifted, those of pins that are low.
        self._masks = [0] * (_LENGTH // 4)
        for number in range(_PINS):
            if getattr(microcontroller.pin, f"GPIO{number}", None) in pins:  # type: ignore[attr-defined]
                self._masks[number // 8] |= _FELL << number % 8 * 4
        self.fell()

    def fell(self) -> bool:
        """Whether one fell since the last call, and is high again. Forgets all that fell."""
        found = False
        for number, mask in enumerate(self._masks):
            if mask:
                at = 4 * number
                noted = int.from_bytes(self._memory[at : at + 4], "little")
                fallen = noted & mask
                self._memory[at : at + 4] = fallen.to_bytes(4, "little")
                found = found or fallen & ~(noted * (_FELL // _LOW)) > 0
        return found
