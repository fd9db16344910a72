"""What the guest drives beside control transfers: polls, output reports, and bulk transfers."""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.kernel import usbredir
from tests.kernel.usbredir import Link, Message
from totpkey_virtual.chip.descriptors import Endpoint
from totpkey_virtual.chip.usb_controller import Handshake, UsbController

_FROM_DEVICE = 0x80


@dataclass
class _Bulk:
    """A transfer that waits: `out` is what goes out, `room` what may come in."""

    number: int
    address: int
    out: bytes = b""
    room: int = 0
    came: bytearray = field(default_factory=bytearray)


class Pipes:
    """What is under way between the guest and the chip. `log` is told each report and each change of lights.

    `keep_busy` is called when there is something to move.
    """

    def __init__(
        self, link: Link, controller: UsbController, log: list[str], keep_busy: Callable[[], None]
    ) -> None:
        self._link = link
        self._controller = controller
        self._log = log
        self._keep_busy = keep_busy
        #: The longest time of the wall, in seconds, that the kernel saw a key down. It goes on where this
        #: machine lets the chip stand still.
        self.longest_hold = 0.0
        self.forget()

    def forget(self) -> None:
        """Whatever was under way: the device is gone, or was reset."""
        self._asked: dict[int, Endpoint] = {}
        self._waiting: dict[int, deque[_Bulk]] = {}
        self._outputs: deque[Message] = deque()
        self._counter = 0
        self._down_since: float | None = None

    @property
    def polled(self) -> bool:
        """Whether the kernel asks any end point for reports."""
        return bool(self._asked)

    def wants_slots(self) -> bool:
        return any(self._waiting.values())

    def poll(self, endpoint: Endpoint) -> None:
        """Ask it for reports from now on."""
        self._asked[endpoint.address] = endpoint

    def stop(self, address: int) -> None:
        """Ask it no more."""
        self._asked.pop(address, None)

    def output(self, message: Message) -> None:
        """Always to the device; what comes from it nobody asks for one by one."""
        self._outputs.append(message)
        self._give_output()

    def _give_output(self) -> None:
        """The next packet to the device; as a host controller does, in each frame until it is taken."""
        while self._outputs:
            message = self._outputs[0]
            address, _, length = struct.unpack_from("<BBH", message.content)
            answer = self._controller.give(address & 0x0F, message.content[4:])
            if answer is Handshake.NAK:
                return
            self._outputs.popleft()
            self._log.append(
                f"LEDs {message.content[4:].hex()}{'' if answer is Handshake.ACK else ' refused'}"
            )
            status = usbredir.SUCCESS if answer is Handshake.ACK else usbredir.STALL
            self._link.send(usbredir.INTERRUPT, message.number, struct.pack("<BBH", address, status, length))

    def bulk(self, message: Message) -> None:
        """Either way."""
        address, _, low, _, high = usbredir.BULK_HEAD.unpack_from(message.content)
        length, out = low | high << 16, message.content[usbredir.BULK_HEAD.size :]
        is_in = bool(address & _FROM_DEVICE)
        bulk = _Bulk(message.number, address, out, length if is_in else 0)
        self._waiting.setdefault(address, deque()).append(bulk)
        self._keep_busy()

    def cancel(self, message: Message) -> None:
        """The kernel wants a transfer no more."""
        for output in [output for output in self._outputs if output.number == message.number]:
            self._outputs.remove(output)
            head = output.content[:1] + bytes((usbredir.CANCELLED,)) + output.content[2:4]
            self._link.send(usbredir.INTERRUPT, output.number, head)
        for queue in self._waiting.values():
            for bulk in [bulk for bulk in queue if bulk.number == message.number]:
                queue.remove(bulk)
                self._end_bulk(bulk, usbredir.CANCELLED)

    def _end_bulk(self, bulk: _Bulk, status: int) -> None:
        length = len(bulk.came) or len(bulk.out)
        head = usbredir.BULK_HEAD.pack(bulk.address, status, length & 0xFFFF, 0, length >> 16)
        self._link.send(usbredir.BULK, bulk.number, head + bytes(bulk.came))

    # What moves by itself

    def start_frame(self, frame: int) -> None:
        """What a controller does in each frame."""
        self._give_output()
        for address, endpoint in self._asked.items():
            if frame % endpoint.interval == 0:
                packet = self._controller.take(endpoint.number)
                if isinstance(packet, bytes):
                    self._counter += 1
                    self._note_report(packet)
                    head = struct.pack("<BBH", address, usbredir.SUCCESS, len(packet))
                    self._link.send(usbredir.INTERRUPT, self._counter, head + packet)

    def _note_report(self, packet: bytes) -> None:
        """Behind the number of the report stand modifiers and keys."""
        self._log.append(f"report {packet.hex()}")
        now = time.monotonic()
        if self._down_since is not None:
            self.longest_hold = max(self.longest_hold, now - self._down_since)
        self._down_since = now if any(packet[1:]) else None

    def move(self) -> bool:
        """One packet of a bulk transfer, whichever can; False if none can."""
        return any(self._move_one(address, queue) for address, queue in self._waiting.items() if queue)

    def _move_one(self, address: int, queue: deque[_Bulk]) -> bool:
        bulk = queue[0]
        if address & _FROM_DEVICE:
            packet = self._controller.take(address & 0x0F)
            if not isinstance(packet, bytes):
                return False
            bulk.came += packet
            done = len(packet) < 64 or len(bulk.came) >= bulk.room
        else:
            sent = len(bulk.came)
            packet = bulk.out[sent : sent + 64]
            if self._controller.give(address & 0x0F, packet) is not Handshake.ACK:
                return False
            bulk.came += packet
            done = len(bulk.came) >= len(bulk.out)
        if done:
            queue.popleft()
            if not address & _FROM_DEVICE:
                bulk.came.clear()
            self._end_bulk(bulk, usbredir.SUCCESS)
        return True
