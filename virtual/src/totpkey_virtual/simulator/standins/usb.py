"""`usb_hid`, `usb_cdc` and `usb_midi`: configured in boot.py, used in code.py. And `memorymap`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from totpkey_virtual.simulator import registers
from totpkey_virtual.simulator.buffers import as_bytes
from totpkey_virtual.simulator.context import Context, module
from totpkey_virtual.simulator.machine import SECOND
from totpkey_virtual.simulator.registers import DPRAM_LENGTH, DPRAM_START, UsbMemory

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


_KEYBOARD_REPORT_BYTES = 8
_NEWLINE = 0x0A


class Device:
    """One of CircuitPython's three HID devices. Only the keyboard works here."""

    def __init__(self, context: Context, usage: int, usage_page: int = 0x01) -> None:
        self._context = context
        self._keyboard = context.chip.usb.keyboard
        self.usage_page = usage_page
        self.usage = usage

    def send_report(self, report: ReadableBuffer | str, report_id: int | None = None) -> None:
        """Pass a report to the endpoint. Raises ValueError on a wrong length, OSError("USB busy")."""
        data = as_bytes(report)
        if len(data) != _KEYBOARD_REPORT_BYTES:
            raise ValueError(f"report length must be {_KEYBOARD_REPORT_BYTES}")
        # Time passes afterwards: between the firmware's look at the bus and this no suspend comes.
        self._keyboard.send(data)
        self._context.call()

    def get_last_received_report(self, report_id: int | None = None) -> bytes | None:
        """The latest output report, once; then None until the computer sends another."""
        self._context.call()
        received, self._keyboard.received = self._keyboard.received, None
        return received


class Serial:
    """Binary stream with CircuitPython's short reads and writes (shared-module/usb_cdc/Serial.c)."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._port = context.chip.usb.data
        #: In seconds. None waits for ever, 0 does not wait.
        self.timeout: float | None = None
        self.write_timeout: float | None = None

    @property
    def connected(self) -> bool:
        self._context.call()
        return self._port.is_open and self._context.chip.usb.configured

    @property
    def in_waiting(self) -> int:
        self._context.call()
        return self._port.in_waiting

    @property
    def out_waiting(self) -> int:
        self._context.call()
        return self._port.out_waiting

    def read(self, size: int = 1) -> bytes:
        self._context.call()
        received = bytearray()

        def move(count: int) -> int:
            data = self._port.take(count)
            received.extend(data)
            return len(data)

        self._transfer(size, self.timeout, move)
        return bytes(received)

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        data = self.read(len(room))
        room[: len(data)] = data
        return len(data)

    def readline(self, size: int = -1) -> bytes:
        line = bytearray()
        while size < 0 or len(line) < size:
            byte = self.read(1)
            line += byte
            if not byte or byte[0] == _NEWLINE:
                break
        return bytes(line)

    def write(self, buffer: ReadableBuffer | str) -> int:
        self._context.call()
        data = as_bytes(buffer)
        written = 0

        def move(count: int) -> int:
            nonlocal written
            moved = self._port.put(data[written : written + count])
            written += moved
            return moved

        self._transfer(len(data), self.write_timeout, move)
        return written

    def _transfer(self, length: int, timeout: float | None, move: Callable[[int], int]) -> None:
        """Move bytes until `length` or the timeout, counting the remainder as CircuitPython does.

        It continues only while the total is less than what remained after the last move but one. So a
        transfer whose first move has more than half of its bytes ends there, short.
        """
        total, last, left = move(length), 0, length
        left -= total
        end = None if timeout is None else self._context.machine.now + round(timeout * SECOND)
        while total < left and timeout != 0:
            if not self._wait(end):
                return
            left -= last
            last = move(left)
            total += last

    def _wait(self, end: int | None) -> bool:
        """Let packets move. False once the time is over."""
        machine, port = self._context.machine, self._port
        before = (port.in_waiting, port.out_waiting, port.is_open)
        timeout = None if end is None else end - machine.now
        return machine.wait(lambda: (port.in_waiting, port.out_waiting, port.is_open) != before, timeout)

    def flush(self) -> None:
        """Request sending of buffered data."""
        self._context.call()

    def reset_input_buffer(self) -> None:
        self._context.call()
        self._port.clear_received()

    def reset_output_buffer(self) -> None:
        self._context.call()
        self._port.clear_sending()


def modules(context: Context) -> list[ModuleType]:
    return [_usb_hid(context), _usb_cdc(context), _usb_midi(context), _memorymap(context)]


def only_in_boot(context: Context) -> None:
    """Raise RuntimeError after boot.py, when the computer may have read the descriptors."""
    context.call()
    if context.chip.usb.attached:
        raise RuntimeError("Cannot change USB devices now")


def _usb_hid(context: Context) -> ModuleType:
    usb = context.chip.usb
    keyboard = Device(context, 0x06)
    mouse, consumer_control = Device(context, 0x02), Device(context, 0x01, 0x0C)
    kinds = {"KEYBOARD": keyboard, "MOUSE": mouse, "CONSUMER_CONTROL": consumer_control}
    device_class = type("Device", (Device,), kinds)

    def enable(devices: Sequence[Device] = tuple(kinds.values()), boot_device: int = 0) -> None:
        only_in_boot(context)
        if len(devices) == 0 and boot_device:
            raise ValueError("boot_device needs a device")
        usb.hid_enabled = len(devices) > 0
        usb.boot_device = boot_device

    def disable() -> None:
        enable(())

    devices = tuple(kinds.values()) if usb.hid_enabled else ()
    return module(
        "usb_hid",
        Device=device_class,
        devices=devices,
        enable=enable,
        disable=disable,
    )


def _usb_cdc(context: Context) -> ModuleType:
    usb = context.chip.usb

    def enable(*, console: bool = True, data: bool = False) -> None:
        only_in_boot(context)
        usb.console_enabled = console
        usb.data_enabled = data

    def disable() -> None:
        enable(console=False, data=False)

    data = Serial(context) if usb.data_enabled else None
    return module("usb_cdc", Serial=Serial, console=None, data=data, enable=enable, disable=disable)


def _usb_midi(context: Context) -> ModuleType:
    def disable() -> None:
        only_in_boot(context)
        context.chip.usb.midi_enabled = False

    return module("usb_midi", disable=disable)


def _memorymap(context: Context) -> ModuleType:
    def address_range(*, start: int, length: int) -> UsbMemory | registers.PinMemory:
        context.call()
        if (start, length) == (DPRAM_START, DPRAM_LENGTH):
            return context.chip.usb.memory
        if (start, length) == (registers.EDGES_START, registers.EDGES_LENGTH):
            return registers.PinMemory(context.chip.wiring)
        raise ValueError("Address range not allowed")

    return module("memorymap", AddressRange=address_range)
