"""Codes typed into a terminal of a Wayland desktop, whose compositor has the key from the kernel.

None is wrong, with the pinyin of fcitx5 or without an input method. `make codes` types 1000 each.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.kernel.guest import COUNTED, MACHINE, SETTLED, Guest, Seat
from tests.layouts.desktop import Fcitx
from tests.support.cases import CODES
from tests.support.desk import code_at
from tests.support.port import LIMIT

#: The required programs, with their Debian packages.
PROGRAMS = {"sway": "sway", "foot": "foot", "dbus-daemon": "dbus-bin", "udevadm": "udev"}
#: udev would take the guest's root for a place of no interest.
UDEV = "SYSTEMD_IGNORE_CHROOT=1"
UDEVD = "/usr/lib/systemd/systemd-udevd"
_HOME, _TYPED_IN, _CONFIG, _START, _LOG = (
    "/run/home",
    "/run/typed",
    "/run/sway.conf",
    "start",
    "/run/sway.log",
)
#: Without a monitor and without a graphics card; the keyboards are the kernel's. libseat takes the keyboard
#: away from the text console (K_OFF), as on any desktop, so that sway alone sets the lights.
_SETTINGS = {
    "HOME": _HOME,
    "XDG_RUNTIME_DIR": "/run/user",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/bus",
    "LC_ALL": "C.UTF-8",
    "WLR_BACKENDS": "headless,libinput",
    "WLR_RENDERER": "pixman",
    "LIBSEAT_BACKEND": "builtin",
    # Cursors would be read for a quarter of a minute, and nobody sees them.
    "XCURSOR_PATH": "/run",
}
#: A key that is down while this machine does something else is no reason to repeat it.
_SWAY = """output HEADLESS-1 resolution 320x240
swaybg_command -
xwayland disable
input * repeat_rate 0
"""
_TERMINAL = f"stty -icanon -echo; echo ready >{_TYPED_IN}; exec cat >>{_TYPED_IN}"
#: What proves an input method: these keys of the guest's own keyboard; what comes without one, and with one.
_KEYS, _ASCII, _CHINESE = (*"nihao", "spc"), "nihao ", "你好"
#: How long that takes at most, in s, if the terminal gets what is typed.
_PATIENCE = 60.0
#: How long an input method may read its words, from a machine with much else to do, in s.
_START_UP = 2 * LIMIT


@dataclass(frozen=True)
class Method:
    """An input method on the desktop, or none: what it needs beside the desktop, its program, its settings.

    `word` is what the terminal gets of the keys n, i, h, a, o and space.
    """

    word: str = _ASCII
    packages: dict[str, str] = field(default_factory=dict)
    program: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def starts(self) -> str:
        """What sway is told of it."""
        return f"exec sh {_HOME}/{_START}\n" if self.program else ""

    def missing(self) -> str:
        """Why it cannot be had here; "" if it can."""
        absent = {package for file, package in self.packages.items() if not Path(file).exists()}
        absent |= {package for program, package in PROGRAMS.items() if not shutil.which(program)}
        return f"not installed: {' '.join(sorted(absent))}" if absent else ""


#: The one way to type, so that it is on from the beginning.
_PINYIN = (
    "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n[Groups/0/Items/0]\nName=pinyin\n"
    "[GroupOrder]\n0=Default\n"
)
#: By sway's protocol for input methods (input-method-unstable-v2); without a window for candidates.
METHODS = {
    "none": Method(),
    "fcitx": Method(
        _CHINESE,
        Fcitx.files,
        "fcitx5 --disable=all --enable=wayland,waylandim,keyboard,punctuation,pinyin",
        {".config/fcitx5/profile": _PINYIN},
    ),
}


class WaylandDesktop:
    """The desktop of a guest that has mounted this machine. `typed` is what its terminal has got."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        for folder, kind in (("shm", "tmpfs"), ("pts", "devpts")):
            guest.run(f"mkdir -p /dev/{folder}; mount -t {kind} none {MACHINE}/dev/{folder}")
        guest.run_here(f"mkdir -p -m 700 /run/user {_HOME}; {UDEV} {UDEVD} --daemon 2>/dev/null")
        # By itself it would take a place in /tmp, where nobody can write.
        guest.run_here(f"dbus-daemon --session --fork --address={_SETTINGS['DBUS_SESSION_BUS_ADDRESS']}")
        # What kind of devices they are is udev's word, and sway takes no others.
        guest.run_here(f"{UDEV} udevadm trigger --action=add --subsystem-match=input; {UDEV} udevadm settle")

    def start(self, method: Method) -> None:
        """Begin a session with this input method, and wait until it is on."""
        config = f"{_SWAY}{method.starts}exec foot sh -c {shlex.quote(_TERMINAL)}\n"
        # Sway itself would take what is behind a comma for a command of its own.
        self._write(method.files | {_CONFIG: config, _START: f"exec {method.program}\n"})
        settings = " ".join(f"{name}={value}" for name, value in _SETTINGS.items())
        program = f"setsid sway -c {_CONFIG} >{_LOG} 2>&1 </dev/null"
        self._guest.run_here(f"rm -f {_TYPED_IN}; env {settings} {program} &")
        assert self._guest.wait_until(lambda: self._guest.has(MACHINE + _TYPED_IN)), self.told()
        self.await_word(method)

    def stop(self) -> None:
        """End the session, and all that runs in it."""
        running = "pidof sway foot fcitx5"
        self._guest.run("killall foot fcitx5 sway 2>/dev/null")
        assert self._guest.wait_until(lambda: not self._guest.run(running).strip()), self.told()

    def await_word(self, method: Method) -> None:
        """Type until what comes shows that this input method is on.

        Where this machine lets the guest stand still for long, its kernel loses touch with the guest's own
        keyboard (not with the key), and finds it again after a while.
        """
        assert self._guest.wait_until(lambda: self._write_word() == method.word, _START_UP), self.told()

    def _write_word(self) -> str:
        """What comes of the keys n, i, h, a, o and space of the guest's own keyboard."""
        self.forget()
        for name in _KEYS:
            self._guest.send_key(name)
        # At the end is a space, or what an input method makes of it.
        self._guest.wait_until(lambda: _ended(self.typed()), _PATIENCE)
        return self.typed()

    def typed(self) -> str:
        """What the terminal has got since it began, or `forget`."""
        return self._guest.run(f"cat {MACHINE}{_TYPED_IN}")

    def forget(self) -> None:
        self._guest.run(f"> {MACHINE}{_TYPED_IN}")

    def told(self) -> str:
        """What the desktop's programs complain of."""
        return self._guest.run(f"cat {MACHINE}{_LOG}")

    def _write(self, files: dict[str, str]) -> None:
        """Put these files into the guest, by their paths, or their paths in the home."""
        for name, text in files.items():
            path = MACHINE + str(Path(_HOME, name))
            self._guest.run(f"mkdir -p {Path(path).parent}; printf %s {shlex.quote(text)} >{path}")


def _ended(text: str) -> bool:
    return text.endswith(" ") or not text.isascii()


ACCOUNT = COUNTED
#: What a code takes at least after a press, and then the key until the next press, in seconds of the key.
_TYPED, _READY = 0.5, 0.3


@pytest.fixture(scope="module")
def wayland(computer: Guest) -> WaylandDesktop:
    computer.mount_machine()
    return WaylandDesktop(computer)


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Method:
    method = METHODS[request.param]
    if why := method.missing():
        pytest.skip(why)
    return method


@pytest.fixture
def session(method: Method, wayland: WaylandDesktop) -> Iterator[WaylandDesktop]:
    wayland.start(method)
    wayland.forget()
    yield wayland
    wayland.stop()


@pytest.mark.needs("kernel")
@pytest.mark.chip
def test_all_codes_are_right(session: WaylandDesktop, method: Method, computer: Guest, seat: Seat) -> None:
    expected = [code_at(replace(COUNTED, counter=len(seat.used) + number), 0) for number in range(CODES)]
    computer.let_pass(SETTLED)
    for number in range(CODES):
        seat.touch()
        seat.skip_code()
        computer.let_pass(_TYPED)
        length = 6 * (number + 1)
        come = computer.wait_until(lambda: len(session.typed()) >= length)  # noqa: B023
        assert come, f"{session.typed()}; {seat.told()}; {session.told()}"
        computer.let_pass(_READY)
    typed = session.typed()
    assert [typed[at : at + 6] for at in range(0, len(typed), 6)] == expected
    # The input method was on, and still is. The text console had no keyboard meanwhile; earlier the guest's
    # own may have said something there.
    session.await_word(method)
    assert not any(sign.isdigit() for sign in seat.read())
