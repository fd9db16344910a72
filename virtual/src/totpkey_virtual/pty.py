"""A virtual key's serial port as a pseudo-terminal that real programs can open (Linux and macOS)."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import termios
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from totpkey_virtual.key import VirtualKey

#: Device time per turn when the key runs as fast as it can, in seconds.
_STEP = 0.005
#: Longest device time per turn in real time, in seconds. After a pause the key does not rush to catch up.
_LONGEST_STEP = 0.05
#: Least time for which a port stays closed, in seconds: a computer tells both changes by control transfers.
_CLOSED = 0.005
#: Longest wait for a program's bytes between two turns, in seconds.
_PATIENCE = 0.001
#: How long a program may take to read what arrived before the port vanished, in seconds.
_LAST_READ = 1.0
#: The longest wait for a condition, in seconds. Where it comes true at all, only a busy machine comes near.
LIMIT = 400.0
_CHUNK = 4096


class PseudoTerminal:
    """The port while it exists. We hold the driver's side; programs open `name`."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        tty.setraw(slave)
        self.name = os.ttyname(slave)
        # The system reports a hang-up once no program has it open.
        os.close(slave)
        self._unsent = b""

    def is_open(self) -> bool:
        """Whether a program has the port open."""
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return not any(events & select.POLLHUP for _, events in poll.poll(0))

    def wait(self, seconds: float) -> None:
        """Wait until a program has written something, for `seconds` at most."""
        select.select([self._master], [], [], seconds)

    def read(self) -> bytes:
        """What a program wrote. Empty if none has the port open."""
        try:
            return os.read(self._master, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EIO:  # Linux: nobody has it open
                return b""
            raise

    def write(self, data: bytes) -> bool:
        """Pass bytes to the program. False while it has to read older ones first."""
        self._unsent += data
        if self._unsent:
            try:
                self._unsent = self._unsent[os.write(self._master, self._unsent) :]
            except BlockingIOError:
                return False
        return not self._unsent

    def drop_unsent(self) -> None:
        self._unsent = b""

    def unread(self) -> int:
        """How many bytes the program has yet to read. At least 1 in exclusive mode (TIOCEXCL)."""
        try:
            slave = self._open_slave()
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return 1 + len(self._unsent)
        try:
            # Linux hands on what was written a little later, and counts it only then. To ask whether there
            # is anything to read makes it do so now.
            select.select([slave], [], [], 0)
            count: tuple[int] = struct.unpack("i", fcntl.ioctl(slave, termios.FIONREAD, bytes(4)))
        finally:
            os.close(slave)
        return count[0] + len(self._unsent)

    def let_all_in(self) -> bool:
        """Clear the last program's exclusive mode, as a real port does when it is closed.

        False if this user may not do that.
        """
        try:
            slave = self._open_slave()
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return False
        fcntl.ioctl(slave, termios.TIOCNXCL)
        os.close(slave)
        return True

    def _open_slave(self) -> int:
        return os.open(self.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def close(self) -> None:
        """The device is gone: a program that has it open gets an error."""
        os.close(self._master)


class SerialBridge:
    """Connects a key to a pseudo-terminal at `path`, and drives the key's time.

    `path` is a symbolic link that exists while the key has a serial port. With `real_time`, device time
    follows the wall clock; otherwise the key runs as fast as it can. Drive it with `turn`, or use it as a
    context manager, which drives it in a thread; hold `lock` to touch the key then. `on_port` is called with
    the pseudo-terminal's name when the port appears, and with "" when it has gone.
    """

    def __init__(
        self,
        key: VirtualKey,
        path: Path,
        *,
        real_time: bool = True,
        on_port: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self.key = key
        self.path = path
        self._on_port = on_port
        self.lock = threading.RLock()
        self._turned = threading.Condition(self.lock)
        self._real_time = real_time
        self._port: PseudoTerminal | None = None
        #: Whether a program has the port open.
        self.client_present = False
        self._closing_by: float | None = None
        self._last_turn = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._pump, name="serial bridge", daemon=True)
        self._fault: BaseException | None = None

    # One turn

    def turn(self) -> None:
        """Move bytes both ways, follow the key's face, let the key run a little."""
        with self.lock:
            self._follow_face()
            if self._port is not None and self._key_has_serial():
                self._follow_client(self._port)
            if self.key.plugged:
                self.key.run(self._time_to_pass())
            self._turned.notify_all()

    def _time_to_pass(self) -> float:
        if not self._real_time:
            return _STEP
        now = time.monotonic()
        passed, self._last_turn = max(0.0, now - self._last_turn), max(now, self._last_turn)
        return min(passed, _LONGEST_STEP)

    def _let_it_notice(self) -> None:
        """Let the key see that its port was closed. A computer cannot open it again any sooner."""
        self.key.run(_CLOSED)
        self._last_turn += _CLOSED

    def _key_has_serial(self) -> bool:
        return self.key.usb.enumeration is not None and self.key.usb.enumeration.has_serial

    def _follow_face(self) -> None:
        if self._key_has_serial() and self._closing_by is None:
            if self._port is None:
                self._open_port()
        elif self._port is not None:
            self._let_port_go(self._port)

    def _open_port(self) -> None:
        self._port = PseudoTerminal()
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._port.name)
        fresh.replace(self.path)
        self._on_port(self._port.name)

    def _let_port_go(self, port: PseudoTerminal) -> None:
        """Close the port of a key that has left the bus, once the program has read everything."""
        if self.client_present and port.is_open():
            port.write(self.key.read_serial())
            self._closing_by = self._closing_by or time.monotonic() + _LAST_READ
            if port.unread() and time.monotonic() < self._closing_by:
                return
        self._close_port(port)

    def close(self) -> None:
        """Take the port away. The key does not notice."""
        if self._port is not None:
            self._close_port(self._port)

    def _close_port(self, port: PseudoTerminal) -> None:
        self.path.unlink(missing_ok=True)
        port.close()
        self._port = None
        self.client_present = False
        self._closing_by = None
        self._on_port("")

    def _follow_client(self, port: PseudoTerminal) -> None:
        is_open, data = port.is_open(), port.read()
        # Data without an open program is from one that opened, wrote and closed since the last turn.
        if (is_open or data) and not self._passed_on(data):
            self._close_port(port)
            return
        if not is_open and not data:
            self._follow_hang_up(port)
        elif is_open and port.write(b""):
            port.write(self.key.read_serial())

    def _passed_on(self, data: bytes) -> bool:
        """Give the key what a program has written. False if the key has left the bus since the last turn."""
        try:
            if not self.client_present:
                self.client_present = True
                self.key.open_serial()
            if data:
                self.key.write_serial(data)
        except OSError:
            return False
        return True

    def _follow_hang_up(self, port: PseudoTerminal) -> None:
        if self.client_present:
            self.client_present = False
            port.drop_unsent()
            self.key.read_serial()
            self.key.close_serial()
            self._let_it_notice()
            if not port.let_all_in() and not port.is_open():
                # The next turn makes another port.
                self._close_port(port)

    # A thread of its own

    def wait_until(self, condition: Callable[[], bool], seconds: float = LIMIT) -> bool:
        """Wait while the thread drives the key. False if `condition` did not come true in time.

        It is evaluated after each turn, under the lock.
        """
        with self._turned:
            return self._turned.wait_for(lambda: self._fault is not None or condition(), seconds)

    def __enter__(self) -> SerialBridge:
        self._last_turn = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self.close()
        if self._fault is not None:
            raise self._fault

    def _pump(self) -> None:
        try:
            while not self._stopped.is_set():
                self.turn()
                self._wait()
        except BaseException as fault:  # noqa: BLE001 - raised again where the bridge is closed
            with self._turned:
                self._fault = fault
                self._turned.notify_all()

    def _wait(self) -> None:
        """Wait until a program writes. Without one, the system would report a hang-up at once."""
        if self._port is not None and self.client_present:
            self._port.wait(_PATIENCE)
        else:
            self._stopped.wait(_PATIENCE)
