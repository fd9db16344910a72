"""Access to a board in its boot loader over USB, with pyusb and the libusb in `libusb-package`.

Its commands and statuses are PICOBOOT's (RP2040 datasheet 2.8.5).
"""

from __future__ import annotations

import struct
import sys
from importlib import import_module
from types import TracebackType
from typing import Any

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr

#: The boot ROM's USB ids and the class of its interface.
VENDOR, PRODUCT = 0x2E8A, 0x0003
INTERFACE_CLASS = 0xFF
#: Requests to the interface: abort the current command; return the last command's status.
RESET, STATUS = 0x41, 0x42
STATUS_SIZE = 16
_MAGIC = 0x431FD10B
_EXCLUSIVE, _READ, _EXIT_XIP = 0x01, 0x84, 0x06
#: Magic, token, command, length of the arguments, reserved, bytes to transfer, arguments.
_COMMAND = struct.Struct("<IIBBHI16s")
_STATUS_WORDS = (
    "no error",
    "unknown command",
    "invalid length",
    "invalid transfer length",
    "invalid address",
    "bad alignment",
    "interleaved write",
    "rebooting",
    "unknown error",
)


def exclusive(wanted: bool) -> tuple[int, bytes, int]:
    """Take exclusive access to the board from its drive, or return it."""
    return _EXCLUSIVE, bytes((wanted,)), 0


def exit_xip() -> tuple[int, bytes, int]:
    """Put the flash into command mode, whatever mode it was left in."""
    return _EXIT_XIP, b"", 0


def read(address: int, length: int) -> tuple[int, bytes, int]:
    return _READ, struct.pack("<II", address, length), length


def encode(token: int, command: int, arguments: bytes, transfer: int) -> bytes:
    return _COMMAND.pack(_MAGIC, token, command, len(arguments), 0, transfer, arguments)


def status_words(status: bytes) -> str:
    """Return the last command's result in words."""
    code = int.from_bytes(status[4:8], "little")
    return _STATUS_WORDS[min(code, len(_STATUS_WORDS) - 1)]


#: The start of flash in the address space of the processor and the boot loader.
FLASH = 0x10000000
#: The timeout of a transfer in ms.
_TIMEOUT = 5000
_TO_INTERFACE, _FROM_INTERFACE = 0x41, 0xC1
_IN = 0x80
_START = _(
    "Unplug the board, hold its BOOT button, plug it in, and let go. Held so, the board's own ROM answers,"
    " and no program that may be on it."
)
_LINUX = _(
    "Run `totpkey doctor --fix`, which gives you access, and plug the board in again; or run this with sudo."
)
_WINDOWS = _(
    "It has no driver yet. Zadig (https://zadig.akeo.ie) gives it one: choose `RP2 Boot (Interface 1)` there,"
    " and WinUSB."
)
_OTHER = _("Close other programs that use the board.")
_REMEDIES = {"linux": _LINUX, "win32": _WINDOWS}


def find() -> list[BootLoader]:
    """Return the boards in boot loader mode. Raise LibraryMissing."""
    backend = _backend()
    found = import_module("usb.core").find(find_all=True, idVendor=VENDOR, idProduct=PRODUCT, backend=backend)
    return [BootLoader(device) for device in found]


def the_one() -> BootLoader:
    """Return the only board in boot loader mode. Raise NoBoard or LibraryMissing."""
    found = find()
    if not found:
        raise errors.NoBoard(tr("No board in its boot loader was found."), tr(_START))
    if len(found) > 1:
        raise errors.NoBoard(tr("There are several boards in their boot loader."), tr("Unplug all but one."))
    return found[0]


def _backend() -> Any:
    """Return libusb. The module is imported by name, since mypy takes `usb` for CircuitPython's module."""
    try:
        backend = import_module("libusb_package").get_libusb1_backend()
        import_module("usb.core")
    except ImportError:
        backend = None
    if backend is None:
        raise errors.LibraryMissing(
            tr("Boards in their boot loader cannot be read: pyusb or libusb is missing."),
            tr("Install them with `{python} -m pip install 'totpkey[verify]'`.", python=sys.executable),
        )
    return backend


class BootLoader:
    """A board that this program has exclusively within `with`; meanwhile its drive accepts nothing."""

    def __init__(self, device: Any) -> None:
        self._device = device
        self._token = 0
        self._interface = self._out = self._in = 0

    def __enter__(self) -> BootLoader:
        """Claim the board. Raise BoardUnreadable."""
        try:
            self._find_interface()
            import_module("usb.util").claim_interface(self._device, self._interface)
            self._device.ctrl_transfer(_TO_INTERFACE, RESET, 0, self._interface, None, _TIMEOUT)
            self._run(*exclusive(True))
            self._run(*exit_xip())
        except NotImplementedError:
            # pyusb raises this for a device for which libusb has no driver.
            raise _access_denied("no driver") from None
        except OSError as problem:
            raise self._unreadable(problem) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._token:
                self._run(*exclusive(False))
        except (OSError, errors.BoardUnreadable):
            # The board is gone, so there is nothing to release.
            pass
        finally:
            import_module("usb.util").dispose_resources(self._device)

    def read(self, start: int, length: int) -> bytes:
        """Read `length` bytes of flash at offset `start`, both in whole pages. Raise BoardUnreadable."""
        return self._run(*read(FLASH + start, length))

    def _find_interface(self) -> None:
        for interface in self._device[0]:
            if interface.bInterfaceClass == INTERFACE_CLASS:
                self._interface = interface.bInterfaceNumber
                for endpoint in interface:
                    if endpoint.bEndpointAddress & _IN:
                        self._in = endpoint.bEndpointAddress
                    else:
                        self._out = endpoint.bEndpointAddress
                return
        raise errors.BoardUnreadable(
            tr("The board's boot loader has no PICOBOOT interface."), tr("It is not an RP2040's.")
        )

    def _run(self, command: int, arguments: bytes, transfer: int) -> bytes:
        """Run one command and return its data. An empty packet in the other direction ends it."""
        self._token += 1
        try:
            self._device.write(self._out, encode(self._token, command, arguments, transfer), _TIMEOUT)
            given = self._read_all(transfer)
            if transfer:
                self._device.write(self._out, b"", _TIMEOUT)
            else:
                self._device.read(self._in, 64, _TIMEOUT)
        except OSError as problem:
            raise self._unreadable(problem) from None
        return given

    def _read_all(self, length: int) -> bytes:
        given = bytearray()
        while len(given) < length:
            part = self._device.read(self._in, length - len(given), _TIMEOUT)
            if not len(part):
                break
            given += part
        if len(given) != length:
            raise errors.BoardUnreadable(
                tr("The boot loader gave {given} bytes of {asked}.", given=len(given), asked=length),
                tr(_START),
            )
        return bytes(given)

    def _unreadable(self, problem: OSError) -> errors.BoardUnreadable:
        import errno

        if problem.errno in (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ENOSYS):
            return _access_denied(problem.strerror)
        why = self._status() or problem.strerror
        return errors.BoardUnreadable(tr("The boot loader could not be read: {why}.", why=why), tr(_START))

    def _status(self) -> str:
        """Return the boot loader's status of its last command in words, or an empty string."""
        try:
            raw = self._device.ctrl_transfer(
                _FROM_INTERFACE, STATUS, 0, self._interface, STATUS_SIZE, _TIMEOUT
            )
        except OSError:
            return ""
        return status_words(bytes(raw)) if len(raw) == STATUS_SIZE else ""


def _access_denied(why: str | None) -> errors.BoardUnreadable:
    return errors.BoardUnreadable(
        tr("This computer does not allow the command to use the board ({why}).", why=why),
        tr(_REMEDIES.get(sys.platform, _OTHER)),
    )
