"""The memory that RP2040's processor shares with its USB controller: what CircuitPython does not tell.

CircuitPython hands a report over, and says nothing more of it; nor does it say that the bus was reset. Both
stand in this memory (RP2040 datasheet 4.1.2.5). Byte offsets in it, and masks of the bytes there.
"""

import memorymap

_START, _LENGTH = 0x5010_0000, 0x1000
#: Control words of endpoint n, 8 * n from here: 4 bytes for IN, 4 for OUT. The last byte of each has the
#: enable bit and the type (3: interrupt), the first two have the address of the buffer, in steps of 64.
_HIGH, _OUT = 3, 4
_ENABLED_INTERRUPT, _ADDRESS_LOW = 0x8C, 0xC0
#: Buffer control words, from here as above. The controller clears AVAILABLE once the computer has taken what
#: is in the buffer.
_BUFFERS = 0x80
_AVAILABLE = 0x04
#: The address field of an endpoint that no device of ours has. It stays disabled, so the controller ignores
#: this. A bus reset clears the control words of all endpoints.
_MARK_AT, _MARK = 8 * 15, 0xC0
_ENDPOINTS = range(1, 15)


class UsbMemory:
    """The keyboard's buffer, and a mark that a reset of the bus removes. Nothing here allocates."""

    def __init__(self) -> None:
        self._memory = memorymap.AddressRange(start=_START, length=_LENGTH)
        #: Where the control words of the keyboard's endpoint are; 0 until the computer has configured it.
        self._at = 0

    def was_reset(self) -> bool:
        """Whether the bus was reset since the last call; True at the first."""
        if self._memory[_MARK_AT]:
            return False
        self._memory[_MARK_AT] = _MARK
        return True

    def waits(self) -> bool:
        """Whether the last report still waits for the computer's poll."""
        at = self._endpoint()
        return at > 0 and self._memory[_BUFFERS + at + 1] & _AVAILABLE > 0

    def clear(self, first: int, last: int) -> None:
        """Overwrite these bytes of the report that waits, the last one first. A poll within these 50 us may
        take some of them still.
        """
        memory, at = self._memory, self._endpoint()
        start = (memory[at] & _ADDRESS_LOW) | memory[at + 1] << 8
        # During a reset there is no endpoint, and so nothing that waits. No buffer lies at 0.
        if at and start:
            for place in range(start + last, start + first - 1, -1):
                memory[place] = 0

    def _endpoint(self) -> int:
        """The only one with interrupt transfers both ways: a serial port has one that goes in."""
        if not self._at:
            memory = self._memory
            for number in _ENDPOINTS:
                at = 8 * number
                if memory[at + _HIGH] & memory[at + _OUT + _HIGH] & _ENABLED_INTERRUPT == _ENABLED_INTERRUPT:
                    self._at = at
        return self._at
