"""A computer that runs a real Linux kernel in QEMU, with the emulated chip at its USB port.

Both live in the wall's time, one thread drives all: each turn moves messages and lets the chip run on. Who
sits there presses buttons and lock keys, and reads the screen.
"""

from __future__ import annotations

import itertools
import select
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import groupby
from pathlib import Path

import pytest

import linux_guest
from tests.kernel.port import GuestPort
from tests.kernel.usbredir import Link
from tests.support.places import places
from tests.support.port import LIMIT
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey_protocol.words import HOTP
from totpkey_virtual.chip.key import ChipKey

#: The chip's time that passes in one turn at most, in seconds.
_STEP = 0.004
#: A computer that keeps step with the chip stops once that is so far behind, in seconds.
_MOST_BEHIND = 0.05
#: The guest's kernel codes of keys (input-event-codes.h): the digits of the keypad, and NumLock.
KEYPAD = {79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9", 82: "0"}
#: The beginning of the names of the key's lights in the guest.
LIGHTS = "/sys/bus/usb/devices/*/*/*/input/*/*::"
#: Where the guest has the files of this machine, and those of its own folders that programs there need.
MACHINE = "/machine"
_OF_ITS_OWN = ("dev", "proc", "sys")
_MAY_READ = "--inh-caps=+dac_read_search --ambient-caps=+dac_read_search"


class Guest:
    """The computer. `key` may be plugged and unplugged; the guest then sees it come and go.

    `command` is QEMU's, without the devices that this adds.
    """

    def __init__(self, folder: Path, key: ChipKey, command: Sequence[str] = linux_guest.COMPUTER) -> None:
        self.key = key
        self.port: GuestPort | None = None
        paths = {name: folder / name for name in ("usb", "shell", "serial", "monitor")}
        whole = [
            *command,
            *("-fsdev", "local,id=machine,path=/,security_model=none,readonly=on,multidevs=remap"),
            *("-device", "virtio-9p-pci,fsdev=machine,mount_tag=machine"),
            *("-device", "qemu-xhci", "-chardev", _socket("usb", paths), "-device", "usb-redir,chardev=usb"),
            *("-chardev", _socket("shell", paths), "-serial", "chardev:shell"),
            *("-chardev", _socket("serial", paths), "-serial", "chardev:serial"),
            *("-chardev", _socket("monitor", paths), "-mon", "chardev=monitor"),
        ]
        self._place = ExitStack()
        self._place.enter_context(places.program())
        self._qemu = subprocess.Popen(whole, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._link = Link(self._connected(paths["usb"]))
        self._shell, self.serial = self._connected(paths["shell"]), self._connected(paths["serial"])
        self._monitor = self._connected(paths["monitor"])
        for connection in (self._shell, self.serial, self._monitor):
            connection.setblocking(False)
        self._said = b""
        self._numbers = itertools.count()
        self._last = time.monotonic()
        #: Whether the computer stops while the chip catches up, and how far that is behind, in s.
        self.keeps_step = False
        self._behind = 0.0
        self._still = False

    def _connected(self, path: Path) -> socket.socket:
        """QEMU opens its sockets one after the other."""
        end = time.monotonic() + LIMIT
        while True:
            try:
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(str(path))
            except OSError:
                connection.close()
                if self._qemu.poll() is not None or time.monotonic() > end:
                    told = self._qemu.stderr.read() if self._qemu.stderr else b""
                    raise AssertionError(f"QEMU did not start: {told.decode(errors='replace')}") from None
                select.select([], [], [], 0.05)
            else:
                return connection

    def close(self) -> None:
        """Switch it off."""
        self._qemu.kill()
        self._qemu.wait()
        if self._qemu.stderr:
            self._qemu.stderr.close()
        for connection in (self._shell, self.serial, self._monitor):
            connection.close()
        self._place.close()

    # Time

    def turn(self) -> None:
        """Move what has come, and let the chip's time follow the wall's."""
        for message in self._link.receive():
            if self.port is not None:
                self.port.take(message)
        self._said += _read(self._shell)
        _read(self._monitor)
        now = time.monotonic()
        passed, self._last = now - self._last, now
        if self.key.plugged and not self._still:
            self.key.run(min(passed, _STEP))
            self._behind += max(passed - _STEP, 0.0) if self.keeps_step else 0.0
            if self._behind > _MOST_BEHIND:
                self._catch_up()
            if not self.key.plugged:
                self._gone()
        else:
            if self.keeps_step and not self.key.plugged:
                self.key.wait_unplugged(passed)
            select.select([self._link.fileno(), self._shell.fileno()], [], [], 0.01)

    def _catch_up(self) -> None:
        """Stop the computer, whose time stands still then, until the chip has had as much of it."""
        self._await_status("stop", b"paused")
        self._behind += time.monotonic() - self._last
        while self._behind > 0 and self.key.plugged:
            self.key.run(_STEP)
            self._behind -= _STEP
        self._await_status("cont", b"running")
        self._last = time.monotonic()

    def _await_status(self, command: str, status: bytes) -> None:
        """Stop it or let it go on. What the two answers come late by is nearly the same."""
        self._monitor.sendall(f"{command}\ninfo status\n".encode())
        told = b""
        while status not in told:
            select.select([self._monitor], [], [], LIMIT)
            told += _read(self._monitor)

    def wait_until(self, condition: Callable[[], bool], seconds: float = LIMIT) -> bool:
        """False if that much of the wall's time went by first."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            self.turn()
        return True

    def let_pass(self, seconds: float) -> None:
        """So much of the chip's time, which is the wall's or less."""
        end = self.key.uptime_ms + 1000 * seconds
        assert self.wait_until(lambda: self.key.uptime_ms >= end)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """The computer goes on, and the chip's time stands still meanwhile."""
        self._still = True
        yield
        self._still = False

    # The cable

    def plug(self) -> None:
        """Power the chip from this computer."""
        self.key.plug()
        machine, host = self.key._running(), self.key._cable()
        self.port = GuestPort(self._link, machine.usb, host.bus, machine.clock)
        if not self.keeps_step:
            self._last = time.monotonic()

    def unplug(self) -> None:
        """Pull it out."""
        self.key.unplug()
        self._gone()

    def _gone(self) -> None:
        if self.port is not None:
            self.port.pulled_out()
            self.port = None

    # The computer

    def boot(self) -> None:
        """Wait until the guest's shell is there."""
        assert self.wait_until(lambda: linux_guest.IS_UP in self._said), self._said.decode(errors="replace")[
            -2000:
        ]
        self._said = b""

    def run(self, command: str, seconds: float = LIMIT) -> str:
        """What a command in the guest's shell prints."""
        mark = self._send(command)
        assert self.wait_until(lambda: mark in self._said, seconds), self._said.decode(errors="replace")
        return self._said.partition(mark)[0].decode(errors="replace").replace("\r\n", "\n")

    @property
    def heard(self) -> bytes:
        """What the computer has said on its first serial port since it was last asked for something there."""
        return self._said

    def start(self, command: str) -> Callable[[], bool]:
        """Begin a command in the guest's shell; gives what tells whether it has ended."""
        mark = self._send(command)
        return lambda: mark in self._said

    def _send(self, command: str) -> bytes:
        """Gives what the guest says after the command."""
        mark = f"END-{next(self._numbers)}-"
        self._said = b""
        # In two halves, so that an echo of the line is no answer.
        self._shell.sendall(f"{{ {command}\n}} 2>&1; echo {mark[:4]}''{mark[4:]}\n".encode())
        return mark.encode()

    def reset(self) -> None:
        """Restart the computer, without a word to its devices. It is up again after `boot`."""
        self._said = b""
        self._monitor.sendall(b"system_reset\n")

    def send_key(self, name: str) -> None:
        """Press a key of the guest's own keyboard, by QEMU's name."""
        self._monitor.sendall(f"sendkey {name}\n".encode())

    def has(self, path: str) -> bool:
        """Whether a file of that name is there in the guest."""
        return "yes" in self.run(f"[ -e {path} ] && echo yes")

    def mount_machine(self) -> None:
        """Have the files of this machine in the guest, to run its programs there; none can be changed."""
        self.run(
            f"mkdir -p {MACHINE}; mount -t 9p -o ro,trans=virtio,msize=262144,cache=loose machine {MACHINE}"
        )
        for folder in _OF_ITS_OWN:
            self.run(f"mount -o bind /{folder} {MACHINE}/{folder}")
        # What programs write goes there. In /tmp the project itself may lie.
        self.run(f"mount -t tmpfs none {MACHINE}/run")

    def run_here(self, command: str, user: int = 0) -> str:
        """What a command with the programs of this machine prints in the guest, which has mounted them.

        `user` may read all, since those programs may lie in another user's home, and write what is theirs.
        """
        quoted = shlex.quote(f"cd /; {command}")
        ids = f"/usr/bin/setpriv --reuid={user} --regid={user} --clear-groups {_MAY_READ}" if user else ""
        settings = "PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run"
        return self.run(f"{settings} chroot {MACHINE} {ids} /bin/sh -c {quoted}")

    def await_keyboard(self) -> None:
        """Wait until the guest has taken the key as a keyboard."""
        self.await_file(f"{LIGHTS}capslock")

    def await_file(self, path: str) -> None:
        assert self.wait_until(lambda: self.has(path)), f"{path}; {self.port.log[-20:] if self.port else ''}"


def _socket(name: str, paths: dict[str, Path]) -> str:
    return f"socket,id={name},path={paths[name]},server=on,wait=off"


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except BlockingIOError:
        return b""


#: After this long the kernel repeats a key that is down (input.c), in seconds, less some for safety.
REPEAT_DELAY = 0.2
_TRIES = 10
#: In seconds of the key: what a press takes; after it, two reports a lock key, an answer to each, and a code.
_PRESS, _TYPED = 0.1, 1.5
#: What the kernel needs to take what a new keyboard types, and the key to settle, in seconds.
SETTLED = 3.0


def distinct(text: str) -> str:
    """Without repeats: a key that is down when this machine stands still is repeated by the kernel."""
    return "".join(sign for sign, _ in groupby(text))


#: An account by counter: each press has a code of its own.
COUNTED = Account("Linux", "me", bytes.fromhex("6b1f0ae2c4937d58b02e9946f1d3a7c8805e2b94"), type=HOTP)


class Seat:
    """`account` is by counter: each press has a code of its own, and none waits for the next."""

    def __init__(self, computer: Guest, account: Account) -> None:
        self.computer = computer
        self._account = account
        self._counter = account.counter
        #: The codes that presses have used up, in their order.
        self.used: list[str] = []

    def press(self, seconds: float = _TYPED) -> str:
        """What arrives on the first text console within `seconds` of the key after a press."""
        self.computer.run("> /tmp/typed")
        self.touch()
        self.computer.let_pass(seconds)
        return self.read()

    def touch(self) -> None:
        """Press the button, and let it go."""
        self.computer.key.set_button(True)
        self.computer.let_pass(_PRESS)
        self.computer.key.set_button(False)

    def read(self) -> str:
        """What has arrived on the console."""
        return self.computer.run("cat /tmp/typed")

    def expect_code(self, seconds: float = _TYPED) -> None:
        """Press, and see the next code arrive, whole and alone.

        Where this machine let the chip stand still for long within it, the kernel has repeated a key that was
        down: that says something of this machine alone, and the press is made again.
        """
        for _ in range(_TRIES):
            port = self.computer.port
            assert port is not None
            port.pipes.longest_hold = 0.0
            typed, code = self.press(seconds), self.next_code()
            self.skip_code()
            if typed == code or port.pipes.longest_hold < REPEAT_DELAY:
                assert typed == code, self.told()
                return
        pytest.skip("this machine has too much else to do: the chip stands still within a code")

    def next_code(self) -> str:
        """What the next press types."""
        return codes.hotp(self._account.secret, self._counter, self._account.algorithm, self._account.digits)

    def skip_code(self) -> None:
        """A press has used the next code up."""
        self.used.append(self.next_code())
        self._counter += 1

    def told(self) -> str:
        """What went over the cable last, for a test that fails."""
        port = self.computer.port
        return ", ".join(port.log[-40:]) if port else "no key at the computer"

    # Lock keys

    def locks(self) -> tuple[bool, bool]:
        """NumLock and CapsLock, as the lights of the key's keyboard in the guest."""
        told = self.computer.run(f"cat {LIGHTS}numlock/brightness {LIGHTS}capslock/brightness")
        number, capital = map(int, told.split())
        return bool(number), bool(capital)

    def set_locks(self, number: bool, capital: bool) -> None:
        """By the computer's own keyboard."""
        for name, place in (("num_lock", 0), ("caps_lock", 1)):
            wanted = list(self.locks())
            if wanted[place] != (number, capital)[place]:
                wanted[place] = not wanted[place]
                self.computer.send_key(name)
                self.expect_locks(*wanted)

    def expect_locks(self, number: bool, capital: bool) -> None:
        """Wait until they stand so: after a code the key puts back what it has switched."""
        assert self.computer.wait_until(lambda: self.locks() == (number, capital)), self.told()
