"""The RP2040's USB controller as a device, one transaction at a time (RP2040 datasheet section 4.1).

The host calls `setup`, `take` (an IN transaction) and `give` (an OUT transaction). Buffers and their control
words are in the DPRAM, which the processor shares.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from rp2040py.irq import IRQ
from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040


class Handshake(Enum):
    """The reply to a transaction without data (USB 2.0 section 8.4.5)."""

    ACK = "ack"
    NAK = "nak"
    STALL = "stall"


# Registers (section 4.1.4)
_ADDRESS, _MAIN_CTRL, _SOF_RD, _SIE_CTRL, _SIE_STATUS = 0x00, 0x40, 0x48, 0x4C, 0x50
_BUFF_STATUS, _BUFF_CPU_SHOULD_HANDLE, _EP_ABORT, _EP_ABORT_DONE, _EP_STALL_ARM = 0x58, 0x5C, 0x60, 0x64, 0x68
_EP_STATUS_STALL_NAK, _INTR, _INTE, _INTF, _INTS = 0x70, 0x8C, 0x90, 0x94, 0x98

_CONTROLLER_ENABLED, _PULLUP, _REMOTE_WAKEUP, _EP0_INTERRUPT = 1 << 0, 1 << 16, 1 << 12, 1 << 29
_STATUS_BUS_RESET, _STATUS_SETUP, _STATUS_CONNECTED = 1 << 19, 1 << 17, 1 << 16
_STATUS_RESUME, _STATUS_SUSPENDED, _STATUS_VBUS = 1 << 11, 1 << 4, 1 << 0
_INT_SOF, _INT_SETUP, _INT_RESUME, _INT_SUSPEND, _INT_CONNECTION = 1 << 17, 1 << 16, 1 << 15, 1 << 14, 1 << 13
_INT_BUS_RESET, _INT_BUFF_STATUS = 1 << 12, 1 << 4
_INTERRUPT_OF_STATUS = {
    _STATUS_SETUP: _INT_SETUP,
    _STATUS_RESUME: _INT_RESUME,
    _STATUS_SUSPENDED: _INT_SUSPEND,
    _STATUS_BUS_RESET: _INT_BUS_RESET,
}

# Endpoint and buffer control words (section 4.1.2.5)
_EP_DOUBLE, _EP_INT_PER_BUFFER, _EP_INT_PER_TWO = 1 << 30, 1 << 29, 1 << 28
_BUF_FULL, _BUF_LAST, _BUF_SELECT_FIRST, _BUF_STALL, _BUF_AVAILABLE, _BUF_LENGTH = (
    1 << 15, 1 << 14, 1 << 12, 1 << 11, 1 << 10, 0x3FF,
)  # fmt: skip
_EP0_BUFFER = 0x100
_PACKET = 64


class UsbController(BasePeripheral):
    """Device mode only."""

    def __init__(self, chip: RP2040, dpram: bytearray) -> None:
        super().__init__(chip, "USB")
        self._dpram = dpram
        #: Callbacks of the host for attach, detach and remote wake-up. They stay across resets.
        self.on_attach: Callable[[bool], None] = lambda _attached: None
        self.on_remote_wakeup: Callable[[], None] = lambda: None
        #: Called when a buffer may have become ready for a transaction.
        self.on_buffers_changed: Callable[[], None] = lambda: None
        self._registers: dict[int, int] = {}
        self._forget()

    def _forget(self) -> None:
        self._registers = {}
        self._status = self._buff_status = self._second_buffers = self._sof = 0
        self._sof_raised = self._connection_changed = False
        self._second: dict[int, bool] = {}

    def reset(self) -> None:
        was_attached = self.attached
        self._forget()
        self._update()
        if was_attached:
            self.on_attach(False)

    @property
    def attached(self) -> bool:
        """Whether the device pulls D+ up."""
        enabled = self._registers.get(_MAIN_CTRL, 0) & _CONTROLLER_ENABLED
        return bool(enabled and self._registers.get(_SIE_CTRL, 0) & _PULLUP)

    # The host's side of the cable

    def bus_reset(self) -> None:
        self._status |= _STATUS_BUS_RESET | _STATUS_CONNECTED | _STATUS_VBUS
        self._status &= ~_STATUS_SUSPENDED
        self._registers[_ADDRESS] = 0
        self._connection_changed = True
        self._second.clear()
        self._update()

    def start_of_frame(self, number: int) -> None:
        """A SOF packet: frame `number`, 11 bits."""
        self._sof = number & 0x7FF
        self._sof_raised = True
        # Firmware that wants no interrupt for it need not be looked at a thousand times a second.
        if self._registers.get(_INTE, 0) & _INT_SOF:
            self._update()

    def suspend(self) -> None:
        """Signal suspend: the bus was idle for 3 ms."""
        self._status |= _STATUS_SUSPENDED
        self._update()

    def resume(self) -> None:
        """Signal resume, as the host drives it."""
        self._status = self._status & ~_STATUS_SUSPENDED | _STATUS_RESUME
        self._update()

    def setup(self, packet: bytes) -> None:
        """A SETUP transaction of 8 bytes, which a device must accept."""
        self._dpram[:8] = packet
        self._registers[_EP_STALL_ARM] = 0
        self._status |= _STATUS_SETUP
        self._update()

    def take(self, endpoint: int) -> bytes | Handshake:
        """An IN transaction: data, NAK or STALL."""
        buffer = self._ready_buffer(endpoint, out=False)
        if isinstance(buffer, Handshake):
            return buffer
        control, start = buffer
        data = bytes(self._dpram[start : start + (control & _BUF_LENGTH)])
        self._finish_buffer(endpoint, False, control & ~(_BUF_AVAILABLE | _BUF_FULL))
        return data

    def give(self, endpoint: int, data: bytes) -> Handshake:
        """An OUT transaction of up to 64 bytes."""
        buffer = self._ready_buffer(endpoint, out=True)
        if isinstance(buffer, Handshake):
            return buffer
        control, start = buffer
        taken = data[: control & _BUF_LENGTH]
        self._dpram[start : start + len(taken)] = taken
        kept = control & ~(_BUF_AVAILABLE | _BUF_LENGTH)
        self._finish_buffer(endpoint, True, kept | _BUF_FULL | len(taken))
        return Handshake.ACK

    # Buffers

    def _word(self, offset: int) -> int:
        return int.from_bytes(self._dpram[offset : offset + 4], "little")

    def _endpoint_control(self, endpoint: int, out: bool) -> int:
        if endpoint == 0:
            return _EP_INT_PER_BUFFER if self._registers.get(_SIE_CTRL, 0) & _EP0_INTERRUPT else 0
        return self._word(8 * endpoint + 4 * out)

    def _ready_buffer(self, endpoint: int, out: bool) -> tuple[int, int] | Handshake:
        """Control half-word and address of the next buffer."""
        at, bit = 0x80 + 8 * endpoint + 4 * out, 2 * endpoint + out
        both = self._word(at)
        if both & _BUF_SELECT_FIRST:
            self._second[bit] = False
            self._store(at, (both & ~_BUF_SELECT_FIRST & 0xFFFF), 2)
        if both & _BUF_STALL and (endpoint or self._registers.get(_EP_STALL_ARM, 0) >> out & 1):
            return Handshake.STALL
        second = self._second.get(bit, False)
        control = self._word(at) >> 16 * second & 0xFFFF
        if not control & _BUF_AVAILABLE or self._registers.get(_EP_ABORT, 0) >> bit & 1:
            return Handshake.NAK
        start = self._endpoint_control(endpoint, out) & 0xFFC0 if endpoint else _EP0_BUFFER
        return control, start + _PACKET * second

    def _finish_buffer(self, endpoint: int, out: bool, control: int) -> None:
        at, bit = 0x80 + 8 * endpoint + 4 * out, 2 * endpoint + out
        second = self._second.get(bit, False)
        settings = self._endpoint_control(endpoint, out)
        self._store(at + 2 * second, control, 2)
        self._second_buffers = self._second_buffers & ~(1 << bit) | second << bit
        if settings & _EP_DOUBLE:
            self._second[bit] = not second
        done = second or control & _BUF_LAST
        if settings & _EP_INT_PER_BUFFER or (settings & _EP_INT_PER_TWO and done):
            self._buff_status |= 1 << bit
        self._update()

    def _store(self, offset: int, value: int, size: int) -> None:
        self._dpram[offset : offset + size] = value.to_bytes(size, "little")

    # The processor's side

    def read_uint32(self, offset: int) -> int:
        if offset == _SOF_RD:
            self._sof_raised = False
            self._update()
        values = {
            _SOF_RD: self._sof,
            _SIE_STATUS: self._status,
            _BUFF_STATUS: self._buff_status,
            _BUFF_CPU_SHOULD_HANDLE: self._second_buffers,
            _INTR: self._raw_interrupts,
            _INTS: self._interrupts,
        }
        return values[offset] if offset in values else self._registers.get(offset, 0)

    def write_uint32(self, offset: int, value: int) -> None:
        was_attached = self.attached
        if offset == _SIE_STATUS:
            self._clear_status(self.raw_write_value)
        elif offset == _BUFF_STATUS:
            self._buff_status &= ~self.raw_write_value
        elif offset in (_EP_ABORT_DONE, _EP_STATUS_STALL_NAK):
            self._registers[offset] = self._registers.get(offset, 0) & ~self.raw_write_value
        else:
            self._registers[offset] = value
        if offset in (_EP_ABORT, _EP_STALL_ARM):
            self.on_buffers_changed()
        if offset == _EP_ABORT:
            self._registers[_EP_ABORT_DONE] = self._registers.get(_EP_ABORT_DONE, 0) | value
        if offset == _SIE_CTRL and value & _REMOTE_WAKEUP:
            self._registers[_SIE_CTRL] = value & ~_REMOTE_WAKEUP
            self.on_remote_wakeup()
        self._update()
        if self.attached != was_attached:
            self.on_attach(self.attached)

    def _clear_status(self, bits: int) -> None:
        if bits & _STATUS_CONNECTED:
            self._connection_changed = False
        # CONNECTED and VBUS_DETECTED are levels. Writing only acknowledges a change.
        self._status &= ~(bits & ~(_STATUS_CONNECTED | _STATUS_VBUS))

    @property
    def _raw_interrupts(self) -> int:
        raw = sum(interrupt for bit, interrupt in _INTERRUPT_OF_STATUS.items() if self._status & bit)
        raw |= _INT_SOF if self._sof_raised else 0
        raw |= _INT_CONNECTION if self._connection_changed else 0
        return raw | (_INT_BUFF_STATUS if self._buff_status else 0)

    @property
    def _interrupts(self) -> int:
        return self._raw_interrupts & self._registers.get(_INTE, 0) | self._registers.get(_INTF, 0)

    def _update(self) -> None:
        self.rp2040.set_interrupt(IRQ.USBCTRL, bool(self._interrupts))
