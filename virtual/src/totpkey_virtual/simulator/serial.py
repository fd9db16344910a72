"""`usb_cdc.data`: the buffers on both sides, and the bulk packets between them."""

from __future__ import annotations

from collections.abc import Callable

from ..traffic import Channel, Stream
from . import timing
from .machine import Machine

BUFFER_BYTES = 256
PACKET_BYTES = 64
#: How much the computer's driver buffers until a program reads it (Linux: one tty flip buffer).
HOST_BUFFER_BYTES = 65536


class SerialPort:
    """One CDC data interface, both ends of it."""

    def __init__(self, machine: Machine, bus_is_running: Callable[[], bool]) -> None:
        self._machine = machine
        self._bus_is_running = bus_is_running
        self._towards_key = bytearray()
        self._from_key = bytearray()
        self._received = bytearray()
        self._sending = bytearray()
        self._packet_due = False
        self._to_key, self._out_of_key = Stream(Channel.TO_KEY), Stream(Channel.FROM_KEY)
        #: DTR: a program on the computer has the port open.
        self.is_open = False

    # The computer's end

    def open(self) -> None:
        self.is_open = True
        self._move_soon()

    def close(self) -> None:
        """Drop DTR. Received bytes stay in the key's buffer for its next read."""
        self.is_open = False
        self._towards_key.clear()

    def vanish(self) -> None:
        """Handle the device's leaving the bus."""
        self.close()
        self._received.clear()
        self._sending.clear()

    def write_from_host(self, data: bytes) -> None:
        self._to_key.notify(data)
        self._towards_key += data
        self._move_soon()

    def read_by_host(self) -> bytes:
        data = bytes(self._from_key)
        self._from_key.clear()
        self._move_soon()
        return data

    # The key's end

    @property
    def in_waiting(self) -> int:
        return len(self._received)

    @property
    def out_waiting(self) -> int:
        return len(self._sending)

    def take(self, count: int) -> bytes:
        """At most `count` received bytes, at once."""
        data = bytes(self._received[:count])
        del self._received[:count]
        self._move_soon()
        return data

    def put(self, data: bytes) -> int:
        """Store what fits and return how many bytes that was.

        Without DTR the buffer is a ring, so all of it "fits": the oldest bytes are lost, and the next program
        that opens the port gets the rest.
        """
        if not self.is_open:
            self._sending = (self._sending + data)[-BUFFER_BYTES:]
            return len(data)
        room = BUFFER_BYTES - len(self._sending)
        self._sending += data[:room]
        self._move_soon()
        return min(room, len(data))

    def clear_received(self) -> None:
        self._received.clear()
        self._move_soon()

    def clear_sending(self) -> None:
        self._sending.clear()

    # The wire

    def _can_deliver(self) -> bool:
        return bool(self._towards_key) and BUFFER_BYTES - len(self._received) >= PACKET_BYTES

    def _can_collect(self) -> bool:
        return self.is_open and bool(self._sending) and len(self._from_key) < HOST_BUFFER_BYTES

    def _move_soon(self) -> None:
        if not self._packet_due and (self._can_deliver() or self._can_collect()):
            self._packet_due = True
            self._machine.after(timing.BULK_PACKET, self._move)

    def _move(self) -> None:
        """Move one packet each way, if there is room for it."""
        self._packet_due = False
        if not self._bus_is_running():
            return
        if self._can_deliver():
            self._received += self._towards_key[:PACKET_BYTES]
            del self._towards_key[:PACKET_BYTES]
        if self._can_collect():
            self._out_of_key.notify(self._sending[:PACKET_BYTES])
            self._from_key += self._sending[:PACKET_BYTES]
            del self._sending[:PACKET_BYTES]
        self._move_soon()

    def bus_resumed(self) -> None:
        self._move_soon()
