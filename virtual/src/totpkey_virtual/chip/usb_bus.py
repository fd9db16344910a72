"""The host's side of the bus: frames, slots, control transfers, suspend and resume.

It runs in device time. Each slot of a frame holds one transaction (USB 2.0 section 5.3).
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from totpkey_virtual.chip.clock import DeviceClock
from totpkey_virtual.chip.usb_controller import Handshake, UsbController
from totpkey_virtual.traffic import Channel, Stream

#: In ns of device time.
MS = 1_000_000
FRAME = MS
#: A 64-byte packet with its token and handshake on a full-speed bus.
SLOT = 50_000
#: How long the bus is idle before a device suspends, and how long resume signalling lasts (section 7.1.7).
SUSPEND_AFTER, RESUME = 3 * MS, 20 * MS
CONTROL_TIMEOUT = 5_000 * MS

DEVICE_TO_HOST = 0x80


def setup(request_type: int, request: int, value: int, index: int, length: int) -> bytes:
    """A setup packet (USB 2.0 section 9.3)."""
    return struct.pack("<BBHHH", request_type, request, value, index, length)


class Stage(Enum):
    """Where a control transfer is (section 8.5.3)."""

    SETUP = auto()
    DATA = auto()
    STATUS = auto()


@dataclass
class Control:
    """A control transfer: its setup packet, the data to send, and the callback for the reply."""

    setup: bytes
    out: bytes = b""
    finished: Callable[[bytes | None], None] = lambda _reply: None
    stage: Stage = Stage.SETUP
    reply: bytearray = field(default_factory=bytearray)
    sent: int = 0

    @property
    def length(self) -> int:
        return int.from_bytes(self.setup[6:8], "little")

    @property
    def is_in(self) -> bool:
        return bool(self.setup[0] & DEVICE_TO_HOST)


class UsbBus:
    """One port of a host controller.

    `on_frame` is called with each frame's number. `on_slot` is called in slots that no control transfer
    needs, while `wants_slots` is true; it returns whether something moved. What the device refused is retried
    when it touches its buffers, and in the next frame.
    """

    def __init__(self, controller: UsbController, clock: DeviceClock) -> None:
        self._controller = controller
        self.on_frame: Callable[[int], None] = lambda _number: None
        self.on_slot: Callable[[], bool] = lambda: False
        self.wants_slots: Callable[[], bool] = lambda: False
        self._transfers: deque[Control] = deque()
        self._frame = 0
        self._replies = Stream(Channel.CONTROL)
        self._frame_alarm = clock.create_alarm(self._start_frame)
        self._slot_alarm = clock.create_alarm(self._use_slot)
        self._timeout_alarm = clock.create_alarm(self._give_up)
        self._suspend_alarm = clock.create_alarm(controller.suspend)
        controller.on_buffers_changed = self.keep_busy
        self.reset()

    def reset(self) -> None:
        """Drop all traffic, as after a disconnect."""
        self.suspended = False
        #: Largest packet of endpoint 0.
        self.packet_size = 64
        self._transfers.clear()
        for alarm in (self._frame_alarm, self._slot_alarm, self._timeout_alarm, self._suspend_alarm):
            alarm.cancel()

    def start_frames(self, delay: int = FRAME) -> None:
        self._frame_alarm.schedule(delay)

    def suspend(self) -> None:
        """Stop all traffic: the device sees suspend after 3 ms."""
        self.suspended = True
        self._frame_alarm.cancel()
        self._slot_alarm.cancel()
        self._suspend_alarm.schedule(SUSPEND_AFTER)

    def resume(self) -> None:
        """Take the bus out of suspend, as the host or a remote wake-up does."""
        if not self.suspended:
            return
        self.suspended = False
        self._suspend_alarm.cancel()
        self._controller.resume()
        self.start_frames(RESUME)

    def submit(self, transfer: Control) -> None:
        self._transfers.append(transfer)
        if len(self._transfers) == 1:
            self._timeout_alarm.schedule(CONTROL_TIMEOUT)
        self.keep_busy()

    def break_off(self, packet: bytes) -> None:
        """Send a setup packet and nothing after it, as a broken or malicious host does."""
        self._controller.setup(packet)

    def give(self, endpoint: int, packet: bytes) -> bool:
        """Make one OUT transaction outside any transfer. Returns whether the device took it."""
        return self._controller.give(endpoint, packet) is Handshake.ACK

    def keep_busy(self) -> None:
        """Schedule the next slot if there is work."""
        busy = self._transfers or self.wants_slots()
        if busy and not self.suspended and self._slot_alarm.ticket is None:
            self._slot_alarm.schedule(SLOT)

    def _start_frame(self) -> None:
        self._frame = (self._frame + 1) & 0x7FF
        self._controller.start_of_frame(self._frame)
        self._frame_alarm.repeat(FRAME)
        self.on_frame(self._frame)
        self.keep_busy()

    def _use_slot(self) -> None:
        moved = self._advance(self._transfers[0]) if self._transfers else self.on_slot()
        if moved:
            self.keep_busy()

    def _advance(self, transfer: Control) -> bool:
        """Make one transaction of a control transfer: data in one direction, the status in the other."""
        if transfer.stage is Stage.SETUP:
            self._controller.setup(transfer.setup)
            transfer.stage = Stage.DATA if transfer.length else Stage.STATUS
            return True
        if (transfer.stage is Stage.DATA) == transfer.is_in:
            return self._control_in(transfer)
        return self._control_out(transfer)

    def _control_in(self, transfer: Control) -> bool:
        packet = self._controller.take(0)
        if packet is Handshake.STALL:
            self._finish(transfer, None)
        elif isinstance(packet, bytes) and transfer.stage is Stage.STATUS:
            self._finish(transfer, b"")
        elif isinstance(packet, bytes):
            self._replies.notify(packet)
            transfer.reply += packet
            if len(packet) < self.packet_size or len(transfer.reply) >= transfer.length:
                transfer.stage = Stage.STATUS
        return packet is not Handshake.NAK

    def _control_out(self, transfer: Control) -> bool:
        status = transfer.stage is Stage.STATUS
        packet = b"" if status else transfer.out[transfer.sent : transfer.sent + self.packet_size]
        answer = self._controller.give(0, packet)
        if answer is Handshake.STALL:
            self._finish(transfer, None)
        elif answer is Handshake.ACK:
            transfer.sent += len(packet)
            if status:
                self._finish(transfer, bytes(transfer.reply))
            elif transfer.sent >= len(transfer.out):
                transfer.stage = Stage.STATUS
        return answer is not Handshake.NAK

    def _finish(self, transfer: Control, reply: bytes | None) -> None:
        self._transfers.popleft()
        self._timeout_alarm.cancel()
        if self._transfers:
            self._timeout_alarm.schedule(CONTROL_TIMEOUT)
        transfer.finished(reply)

    def cancel(self, transfer: Control) -> None:
        """Abandon a transfer, if it is the current one."""
        if self._transfers and self._transfers[0] is transfer:
            self._finish(transfer, None)

    def _give_up(self) -> None:
        self._finish(self._transfers[0], None)
