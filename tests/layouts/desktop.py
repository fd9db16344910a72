"""A real desktop to type into: an X server without a screen, a terminal and a Chinese input method of two."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from tests.leaks.plugin import recorder
from tests.leaks.recorder import STDERR, STDOUT
from tests.support.consent import ANSWER, BETWEEN
from tests.support.places import places
from tests.support.port import LIMIT
from totpkey_protocol import limits

#: The required programs, with their Debian packages.
PROGRAMS = {
    "Xvfb": "xvfb",
    "xterm": "xterm",
    "xprop": "x11-utils",
    "setxkbmap": "x11-xkb-utils",
    "dbus-daemon": "dbus-bin",
}
TOTPKEY = (sys.executable, "-m", "totpkey")
#: The light's colour while a sample waits for a press.
_ASKING = [0, 45, 35]
#: How much later than at once the person sees what the light shows, in s.
_LATE = 0.3


def wait_until(condition: Callable[[], bool], what: str, limit: float = LIMIT) -> None:
    """Poll until `condition` is true, since these programs do not signal when they are ready."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.05)


class InputMethod:
    """An input method with pinyin. Its `name` is that by which programs find it (XMODIFIERS)."""

    name: str
    #: Its files, with their Debian packages.
    files: ClassVar[dict[str, str]]
    english: str
    pinyin: str

    def missing(self) -> list[str]:
        """Return the Debian packages that are missing, the desktop's included."""
        found = {program: bool(shutil.which(program)) for program in PROGRAMS}
        found |= {file: Path(file).exists() for file in self.files}
        return [package for file, package in (PROGRAMS | self.files).items() if not found[file]]

    def start(self, desktop: Desktop) -> None:
        raise NotImplementedError

    def set_up(self, desktop: Desktop) -> None:
        """Have Shift and the space bar switch to full-width characters, as it is in Chinese systems."""

    def choose(self, desktop: Desktop, engine: str) -> None:
        raise NotImplementedError

    def chosen(self, desktop: Desktop) -> str:
        raise NotImplementedError


class Ibus(InputMethod):
    name = "ibus"
    files: ClassVar = {
        "/usr/bin/ibus-daemon": "ibus",
        "/usr/bin/gsettings": "libglib2.0-bin",
        "/usr/libexec/ibus-engine-libpinyin": "ibus-libpinyin",
    }
    english, pinyin = "xkb:us::eng", "libpinyin"

    def start(self, desktop: Desktop) -> None:
        desktop.program("ibus-daemon", "--xim", "--panel", "disable")

    def set_up(self, desktop: Desktop) -> None:
        settings = "com.github.libpinyin.ibus-libpinyin.libpinyin"
        desktop.run("gsettings", "set", settings, "letter-switch", "<Shift>space")

    def choose(self, desktop: Desktop, engine: str) -> None:
        # The exit code is meaningless.
        desktop.run("ibus", "engine", engine)

    def chosen(self, desktop: Desktop) -> str:
        return desktop.run("ibus", "engine").stdout.strip()


class Fcitx(InputMethod):
    name = "fcitx"
    files: ClassVar = {
        "/usr/bin/fcitx5": "fcitx5",
        "/usr/share/fcitx5/inputmethod/pinyin.conf": "fcitx5-pinyin",
        "/usr/share/fcitx5/addon/fullwidth.conf": "fcitx5-module-fullwidth",
    }
    english, pinyin = "keyboard-us", "pinyin"
    #: What it would look for and not find on this desktop.
    _WITHOUT = "wayland,waylandim,notificationitem,notifications,kimpanel"
    _SETTINGS: ClassVar = {
        "profile": "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n[Groups/0/Items/0]\n"
        "Name=keyboard-us\n[Groups/0/Items/1]\nName=pinyin\n[GroupOrder]\n0=Default\n",
        # One state for all windows, so that it can be chosen before there is one.
        "config": "[Behavior]\nShareInputState=All\n",
        "conf/fullwidth.conf": "[Hotkey]\n0=Shift+space\n",
    }

    def start(self, desktop: Desktop) -> None:
        for name, text in self._SETTINGS.items():
            file = desktop.folder / ".config" / "fcitx5" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        desktop.program("fcitx5", f"--disable={self._WITHOUT}")

    def choose(self, desktop: Desktop, engine: str) -> None:
        desktop.run("fcitx5-remote", "-s", engine)

    def chosen(self, desktop: Desktop) -> str:
        return desktop.run("fcitx5-remote", "-n").stdout.strip()


#: Those that many Chinese on Linux use, by name.
INPUT_METHODS = {method.name: method for method in (Ibus(), Fcitx())}


class Display:
    """An X server without a screen, and a session's bus. `environment` is the environment of its programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[subprocess.Popen[Any]] = []
        self._place = ExitStack()
        self.environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        self.environment |= {"HOME": str(folder), "LC_ALL": "C.UTF-8"}
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.environment["XDG_RUNTIME_DIR"] = str(runtime)

    def start(self) -> None:
        self._place.enter_context(places.program())
        # Without `-noreset`, the server resets when its last client leaves, and may lose the input method.
        # Without `-r`, it repeats a key whose release comes late on a busy machine.
        options = ("-noreset", "-r", "-nolisten", "tcp", "-screen", "0", "900x640x24")
        server = self.program("Xvfb", "-displayfd", "1", *options)
        self.environment["DISPLAY"] = f":{_line(server)}"
        bus = self.program("dbus-daemon", "--session", "--nofork", "--print-address=1")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = _line(bus)

    def stop(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            process.wait(LIMIT)
            if process.stdout:
                process.stdout.close()
        self._place.close()

    def program(self, *command: str) -> subprocess.Popen[str]:
        with (self.folder / "complaints").open("a") as complaints:
            process = subprocess.Popen(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=complaints, text=True
            )
        self._running.append(process)
        return process

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )


class Desktop(Display):
    """A desktop with an input method."""

    def __init__(self, folder: Path, method: InputMethod) -> None:
        super().__init__(folder)
        self.method = method
        self.environment["XMODIFIERS"] = f"@im={method.name}"

    def start(self) -> None:
        super().start()
        self.method.start(self)
        name = self.method.name
        wait_until(lambda: name in self.run("xprop", "-root", "XIM_SERVERS").stdout, name)
        self.choose(self.method.english)
        self.method.set_up(self)

    def set_layout(self, layout: str, variant: str = "") -> None:
        """Select a keyboard layout, as the desktop's settings do."""
        self.run("setxkbmap", "-layout", layout, "-variant", variant)

    def choose(self, engine: str) -> None:
        """Switch to an input method, as the panel's menu does."""
        self.method.choose(self, engine)
        wait_until(lambda: self.method.chosen(self) == engine, engine)

    @contextmanager
    def terminal(self, *command: str) -> Iterator[Terminal]:
        """Run a command in a terminal that fills the desktop."""
        shown, code = self.folder / "shown", self.folder / "code"
        for file in (shown, code):
            file.unlink(missing_ok=True)
        script = f'"$@" 2>&1 | tee {shown}; echo ended >{code}'
        window = self.program("xterm", "-geometry", "140x44+0+0", "-e", "sh", "-c", script, "sh", *command)
        try:
            yield Terminal(shown, code)
        finally:
            self._running.remove(window)
            window.terminate()
            window.wait(LIMIT)
            if window.stdout:
                window.stdout.close()
            recorder.note(STDOUT, shown.read_text(encoding="utf-8"))


class Terminal:
    """A terminal with a command in it."""

    def __init__(self, shown: Path, code: Path) -> None:
        self._shown, self._code = shown, code

    @property
    def text(self) -> str:
        """Return the command's output so far."""
        return self._shown.read_text(encoding="utf-8") if self._shown.exists() else ""

    @property
    def ended(self) -> bool:
        return self._code.exists()


class Simulator:
    """A running `totpkey simulate --desktop`, whose key types into that desktop."""

    def __init__(self, desktop: Desktop) -> None:
        pipe = subprocess.PIPE
        program = (*TOTPKEY, "simulate", "--json", "--desktop")
        self._process = subprocess.Popen(
            program, env=desktop.environment, stdin=pipe, stdout=pipe, text=True, bufsize=1
        )
        self._environment = desktop.environment
        self.port = self._next("port")["port"]
        while self._next("face")["face"] != "setup":
            pass
        os.set_blocking(self._stdout.fileno(), False)
        self._pending = ""
        self._asking = False

    @property
    def _stdout(self) -> Any:
        assert self._process.stdout is not None
        return self._process.stdout

    def _next(self, name: str) -> dict[str, Any]:
        for line in self._stdout:
            event: dict[str, Any] = json.loads(line)
            if event["event"] == name:
                return event
        raise AssertionError("the simulator has ended")

    def asks(self) -> bool:
        """Return whether the key has asked for its button since the last call."""
        for line in iter(self._stdout.readline, ""):
            event = json.loads(line)
            if event["event"] == "light" and event["rgb"] == _ASKING:
                self._asking = True
        asked, self._asking = self._asking, False
        return asked

    def make(self, gesture: str) -> None:
        """Wait until the light has announced the request, then press as often as each count says."""
        steps = [f"wait {limits.ANNOUNCED + _LATE}"]
        for count in gesture:
            steps += ["press", f"wait {BETWEEN}"] * int(count)
            steps += [f"wait {ANSWER + _LATE}"]
        assert self._process.stdin is not None
        self._process.stdin.write("\n".join((*steps, "")))
        self._process.stdin.flush()

    def totpkey(self, *arguments: str) -> str:
        """Run the real command for this key and return its output."""
        program = (*TOTPKEY, "--port", self.port, *arguments)
        done = subprocess.run(
            program, env=self._environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
        recorder.note(STDOUT, done.stdout)
        recorder.note(STDERR, done.stderr)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("quit\n")
        self._process.stdin.close()
        self._process.wait(LIMIT)
        self._stdout.close()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
