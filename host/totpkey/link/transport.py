"""Carries bytes to and from a key, without framing, JSON or time-outs of the conversation."""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import suppress
from typing import Protocol

import serial

from totpkey import errors
from totpkey.i18n.translation import tr

#: USB ignores the rate, except that opening at 1200 restarts CircuitPython into its boot loader.
_BAUD = 115200
#: A key that accepts no bytes for this long, in seconds, is not reading.
_WRITE_WAIT = 5.0
#: How often a port is polled on Windows, in seconds.
_LOOK = 0.001


class Transport(Protocol):
    """Carries bytes both ways. Every method may raise `errors.TransportError`."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def read(self, timeout_s: float) -> bytes:
        """The received bytes. Waits up to `timeout_s` seconds for some; empty if none arrive."""

    def close(self) -> None: ...


class SerialTransport:
    """A serial port, held exclusively.

    Raises PortMissing, PortBusy or PortForbidden if it cannot be opened, PortVanished when it disappears.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._port = serial.Serial(path, _BAUD, timeout=0, write_timeout=_WRITE_WAIT, exclusive=True)
            self._exclude(True)
        except OSError as error:
            raise _cannot_open(path, error) from None

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            raise errors.PortBusy(
                tr("The key on {path} takes no data.", path=self.path),
                tr("Unplug it and hold its button for 3 s."),
            ) from None
        except OSError:
            raise _vanished(self.path) from None

    def read(self, timeout_s: float) -> bytes:
        try:
            if sys.platform == "win32":
                self._await(timeout_s)
            else:
                self._port.timeout = max(timeout_s, 0)
            first = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""
        except OSError:
            raise _vanished(self.path) from None

    def _await(self, timeout_s: float) -> None:
        """Wait for bytes, for `timeout_s` seconds at most.

        A blocking read on Windows ignores Ctrl-C, for as long as the key waits for its button. So the port is
        opened there without a time-out, and polled here.
        """
        end = time.monotonic() + timeout_s
        while not self._port.in_waiting and time.monotonic() < end:
            time.sleep(_LOOK)

    def close(self) -> None:
        with suppress(OSError):
            self._exclude(False)
        self._port.close()

    def _exclude(self, others: bool) -> None:
        """Lock the port, since browsers ignore pyserial's advisory lock."""
        if sys.platform != "win32":
            import fcntl
            import termios

            fcntl.ioctl(self._port.fileno(), termios.TIOCEXCL if others else termios.TIOCNXCL)


def _vanished(path: str) -> errors.PortVanished:
    return errors.PortVanished(
        tr("The key on {path} is gone.", path=path),
        tr("Plug it in, hold its button for 3 s and run the command again."),
    )


def _cannot_open(path: str, error: OSError) -> errors.TransportError:
    # pyserial wraps the system's error. On Windows, only its text says that the port is in use.
    if error.errno in (errno.EBUSY, errno.EAGAIN) or (os.name == "nt" and "PermissionError" in str(error)):
        return errors.PortBusy(
            tr("Another program is using {path}.", path=path),
            tr("Close it (another totpkey, a terminal); on Linux ModemManager lets go after about 20 s."),
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return errors.PortForbidden(
            tr("You have no permission to open {path}.", path=path),
            tr(
                "Add yourself to its group (`sudo usermod -aG dialout $USER`, on Arch `uucp`) and log in"
                " again."
            ),
        )
    return errors.PortMissing(
        tr("There is no serial port {path}.", path=path),
        tr("Plug the key in and hold its button for 3 s; leave out --port to search."),
    )
