"""`totpkey simulate` and `totpkey demo` as used by a script, or by a person at another terminal."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from threading import Timer
from typing import Any

import pytest

from tests.leaks.plugin import recorder
from tests.leaks.recorder import STDERR, STDOUT
from tests.support.port import LIMIT
from tests.support.published import TOTP
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.cli.commands import simulation
from totpkey.cli.simulation.choice import keep, simulated_key
from totpkey.cli.simulation.live_key import LiveKey
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.simulator import SimulatedKey

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
TOTPKEY = (sys.executable, "-m", "totpkey")


class Simulator:
    """A running `totpkey simulate --json`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = self.until("port")["port"]

    def until(self, event: str, **values: object) -> dict[str, Any]:
        """The next event of that name and with those values."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            recorder.note(STDOUT, line)
            told: dict[str, Any] = json.loads(line)
            if told["event"] == event and values.items() <= told.items():
                return told
        raise AssertionError(f"the simulator ended before {event} {values}")

    def tell(self, *lines: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines))
        self._process.stdin.flush()

    def totpkey(self, *arguments: str, stdin: str = "") -> str:
        """What the real command prints for this key."""
        program = (*TOTPKEY, "--port", self.port, *arguments)
        return noted(subprocess.run(program, input=stdin, capture_output=True, text=True, check=True)).stdout


def noted(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """What another process has shown is searched for secrets like all else."""
    recorder.note(STDOUT, done.stdout)
    recorder.note(STDERR, done.stderr)
    return done


@contextmanager
def simulator(state: Path) -> Iterator[Simulator]:
    program = (*TOTPKEY, "simulate", "--json", "--state", str(state), "--board", "raspberry_pi_pico")
    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True) as process:
        # A key that never does what is waited for must not hold up the tests for ever.
        guard = Timer(LIMIT, process.kill)
        guard.start()
        try:
            running = Simulator(process)
            yield running
            running.tell("quit")
            assert process.wait() == 0
        finally:
            guard.cancel()


def pressed_code(running: Simulator, secret: bytes, since: float) -> bool:
    """Press the button where no code changes for 5 s. Return whether a code of the time `since` is typed.

    Where this computer was too busy to let the key run, the key's clock is behind.
    """
    running.tell(f"wait {max(0, 5 - (30 - time.time() % 30))}", "press")
    typed = str(running.until("typed")["text"]).strip()
    return typed in {codes.totp(secret, moment) for moment in range(int(since), int(time.time()) + 1)}


@pytest.mark.slow
def test_a_simulated_key_is_set_up_used_and_kept(tmp_path: Path) -> None:
    secret = b"12345678901234567890"
    recorder.known.add(secret, "an account's secret")
    with simulator(tmp_path / "state") as running:
        running.until("face", face="setup")
        assert json.loads(running.totpkey("info", "--json"))["board"] == "raspberry_pi_pico"
        synchronised_after = time.time()
        running.totpkey("time", "sync")
        running.totpkey("add", "--stdin", "me", stdin=SECRET)
        running.totpkey("done")
        running.until("face", face="everyday")
        running.tell("unplug", "plug")
        running.until("face", face="unplugged")
        running.until("face", face="everyday")
    with simulator(tmp_path / "state") as running:
        running.until("face", face="everyday")
        running.tell("wait 0.5")
        assert pressed_code(running, secret, synchronised_after)
        running.tell("hold 3.2")
        running.until("face", face="setup")
        assert "me" in running.totpkey("list")


def test_a_kept_clock_is_right_though_the_computer_was_too_busy(tmp_path: Path) -> None:
    key = SimulatedKey(drive_folder(), "raspberry_pi_pico", alone=storage.FILES, unix_time=time.time() - 60)
    key.clock.set_unix(time.time())
    keep(key, tmp_path / "state")
    kept = simulated_key("raspberry_pi_pico", tmp_path / "state")
    assert kept.clock.unix_time == pytest.approx(time.time(), abs=30)


def test_a_press_stays_a_press_however_late_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with LiveKey(simulated_key("raspberry_pi_pico")) as live:
        live.plug()
        key, moved = live.key, dict[bool, float]()
        set_button = key.set_button

        def moves(pressed: bool) -> None:
            moved.setdefault(pressed, key.uptime_ms)
            set_button(pressed)

        monkeypatch.setattr(key, "set_button", moves)
        live.touch(0.08)
        # The terminal has no turn for half a second of the key's time.
        with live._standing_still():
            key.run(0.5)
        assert False in moved, "the button is still down"
        assert moved[False] - moved[True] == pytest.approx(80, abs=1)


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    program = (*TOTPKEY, *arguments)
    done = subprocess.run(program, input=stdin, capture_output=True, text=True, timeout=LIMIT, check=False)
    return noted(done)


def test_a_script_that_ends_and_what_it_cannot_say() -> None:
    done = run("simulate", stdin="dance\nwait nan\nunplug\nwait 0.1\n")
    assert done.returncode == 0
    assert done.stderr.count("Not a command: dance") == done.stderr.count("Not a command: wait") == 1
    assert "face unplugged" in done.stdout.splitlines()


def test_an_image_that_is_none(tmp_path: Path) -> None:
    image = tmp_path / "not.uf2"
    image.write_bytes(b"not an image")
    done = run("simulate", "--chip", str(image))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(image) in done.stderr


def test_a_desktop_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    done = run("simulate", "--desktop")
    assert done.returncode == 1
    assert "cannot type into this desktop" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def shown() -> str:
    """All that the demo shows; it has to end well."""
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_types_what_an_independent_implementation_computes(shown: str) -> None:
    compared = [
        line.split("typed ")[1].split("   computed ") for line in shown.splitlines() if "computed" in line
    ]
    assert len(compared) == 2
    assert all(typed == computed and len(typed) == 6 for typed, computed in compared)


def test_the_demo_shows_both_faces_and_no_secret(shown: str) -> None:
    assert "(keyboard + serial port)" in shown
    assert "(keyboard)" in shown
    assert "secret=" not in shown


INSTALLED = [
    pytest.param(simulation.by_pyotp, id="pyotp"),
    pytest.param(
        simulation.by_oathtool,
        id="oathtool",
        marks=pytest.mark.skipif(which("oathtool") is None, reason="oathtool is not installed"),
    ),
    pytest.param(simulation.by_this_host, id="own"),
]


@pytest.mark.parametrize("code_of", INSTALLED)
@pytest.mark.parametrize(("time", "algorithm", "secret", "code"), TOTP)
def test_the_oracles_know_rfc_6238(
    code_of: simulation.Oracle, time: int, algorithm: str, secret: bytes, code: str
) -> None:
    assert code_of(Account("", "x", secret, algorithm, 8), time) == code


def test_another_implementation_comes_first() -> None:
    assert simulation.find_oracle() == ("pyotp", simulation.by_pyotp)
