"""Whether an element is there: apart from the driver, for which a key without one has no memory to spare."""

from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Wire(Protocol):
        """The bus to the element; `spi.Wire` is the real one."""

        def select(self, selected: bool) -> None:
            """Begin a transfer, or end it."""

        def exchange(self, buffer: bytearray) -> None:
            """Send the bytes of `buffer`, and put those that came meanwhile in their place."""

        def ticks(self) -> int:
            """Milliseconds; see `ticks`."""

        def pause(self) -> None:
            """Let a millisecond go by."""


#: Asks for a reply, and so for the element's state.
GET_REPLY = 0xAA
#: Bits of the state.
READY, ALARM, STARTING = 1, 2, 4
#: How long it may be busy, in ms.
_GLANCE = 3


def answers(wire: "Wire") -> bool:
    """Whether an element is there and ready; at once where there is none."""
    start = wire.ticks()
    while since(start, wire.ticks()) < _GLANCE:
        head = bytearray((GET_REPLY, 0, 0))
        wire.select(True)
        wire.exchange(head)
        wire.select(False)
        if head[0] & ~STARTING == READY:
            return True
        wire.pause()
    return False
