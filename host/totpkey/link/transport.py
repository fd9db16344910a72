"""Bytes to and from a key, and nothing else: no framing, no JSON, no time-outs of the conversation."""

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

#: Any rate but 1200 will do on USB; opened at 1200, CircuitPython restarts into its boot loader.
_BAUD = 115200
#: A key that takes no bytes for this long, in seconds, is not reading.
_WRITE_WAIT = 5.0
#: How often a port of Windows is looked at, in seconds.
_LOOK = 0.001


class Transport(Protocol):
    """Carries bytes both ways. Every method may raise `errors.TransportError`."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def read(self, timeout_s: float) -> bytes:
        """What has come, or comes within `timeout_s` seconds; empty if nothing does."""

    def close(self) -> None: ...


class SerialTransport:
    """A serial port, held exclusively.

    Raises PortMissing, PortBusy or PortForbidden when it cannot be opened, PortVanished when it goes away.
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
        """Return once something has come, or the time is up.

        Within a read Windows does not hear of Ctrl-C: a person would wait as long as the key does for its
        button. So there a port is read with no time-out (as it was opened), and looked at until then.
        """
        end = time.monotonic() + timeout_s
        while not self._port.in_waiting and time.monotonic() < end:
            time.sleep(_LOOK)

    def close(self) -> None:
        with suppress(OSError):
            self._exclude(False)
        self._port.close()

    def _exclude(self, others: bool) -> None:
        """Beside pyserial's lock, which only those heed who ask for it: browsers do not."""
        if sys.platform != "win32":
            import fcntl
            import termios

            fcntl.ioctl(self._port.fileno(), termios.TIOCEXCL if others else termios.TIOCNXCL)


def _vanished(path: str) -> errors.PortVanished:
    return errors.PortVanished(
        tr("The key on {path} went away.", path=path),
        tr("Plug it in, hold its button for 3 s and run the command again."),
    )


def _cannot_open(path: str, error: OSError) -> errors.TransportError:
    # pyserial wraps the system's error; on Windows only its text says that the port is in use.
    if error.errno in (errno.EBUSY, errno.EAGAIN) or (os.name == "nt" and "PermissionError" in str(error)):
        return errors.PortBusy(
            tr("Another program is using {path}.", path=path),
            tr("Close it (another totpkey, a terminal); on Linux ModemManager lets go after about 20 s."),
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return errors.PortForbidden(
            tr("You may not open {path}.", path=path),
            tr(
                "Add yourself to its group (`sudo usermod -aG dialout $USER`, on Arch `uucp`) and log in"
                " again."
            ),
        )
    return errors.PortMissing(
        tr("There is no serial port {path}.", path=path),
        tr("Plug the key in and hold its button for 3 s; leave out --port to search."),
    )
