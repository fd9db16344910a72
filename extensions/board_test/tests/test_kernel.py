"""`totpkey board-test` on a real Linux kernel, with the emulated chip in its port and a person before it."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import linux_guest
from tests.kernel.guest import MACHINE, Guest
from tests.support.port import LIMIT
from totpkey.doctor.case import BAD
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_test_face.definition import MOST_DIGITS
from totpkey_virtual.chip.key import ChipKey

pytestmark = [pytest.mark.needs("kernel"), pytest.mark.chip]

PORT = "/dev/ttyACM0"
#: What the command says, and where its report lies, as the guest's own programs see it.
SAID, FOLDER = f"{MACHINE}/run/said", f"{MACHINE}/run/report"
#: The guest's second console: the first one's keys are read by another program.
CONSOLE = "/dev/tty2"
#: What takes long, or what nobody does in a jig.
WITHOUT = [word for step in ("flash", "store", "pace", "thermometer") for word in ("--without", step)]
NOBODY = [
    word
    for step in ("button", "light", "typing", "lock keys", "watchdog", "power")
    for word in ("--without", step)
]
#: A whole course takes this often as long as one step, at most.
STEPS = 30


@pytest.fixture(scope="module", params=[False, True], ids=["sound", "exchanged"])
def key(request: pytest.FixtureRequest, image: Path) -> ChipKey:
    """A new board; and one whose SCL and SDA are exchanged."""
    if why := linux_guest.SYSTEM.missing():
        pytest.skip(why)
    return ChipKey(image, drive_folder(), alone=storage.FILES, exchanged=request.param)


@pytest.fixture(scope="module")
def linux(computer: Guest) -> Guest:
    """With this machine's programs, and its second console in front. The command measures by its clock."""
    computer.keeps_step = True
    computer.mount_machine()
    computer.run("chvt 2")
    # It does not repeat a key that a chip behind its time holds for too long.
    computer.run(f"printf '\\033[?8l' > {CONSOLE}")
    computer.await_file(PORT)
    return computer


class Person:
    """Reads what the command says, and does what it asks for."""

    def __init__(self, linux: Guest) -> None:
        self._linux = linux
        self._read = 0
        self.did: list[str] = []
        self._acts: dict[str, Callable[[], None]] = {
            r"Press the button (\d+) times": self._press_often,
            r"Press the button once": self._press,
            r"Press (NumLock|CapsLock) once": self._lock,
            r"light shine steadily\?|own keyboard \w+\?": lambda: self._answer("y"),
            r"Did it sleep\?": lambda: self._answer("n"),
            r"Cut \d+ of \d+": self._pull,
        }
        self._last = ""

    def said(self) -> str:
        return self._linux.run(f"cat {SAID}")

    def look(self) -> bool:
        """Do what is new. Returns whether the command has ended."""
        text = self.said()
        found = [
            (match.start(), match.group(), act)
            for pattern, act in self._acts.items()
            for match in re.finditer(pattern, text)
            if match.start() >= self._read
        ]
        for at, asked, act in sorted(found, key=lambda each: each[0])[:1]:
            self._read, self._last = at + len(asked), asked
            self.did.append(asked)
            act()
        return "ended " in text

    def _press(self) -> None:
        self._linux.key.set_button(True)
        self._linux.let_pass(0.1)
        self._linux.key.set_button(False)
        self._linux.let_pass(0.3)

    def _press_often(self) -> None:
        for _ in range(10):
            self._press()

    def _lock(self) -> None:
        self._linux.send_key("num_lock" if "NumLock" in self._last else "caps_lock")

    def _answer(self, letter: str) -> None:
        self._linux.send_key(letter)
        self._linux.send_key("ret")

    def _pull(self) -> None:
        self._linux.unplug()
        assert self._linux.wait_until(lambda: not self._linux.has(PORT))
        self._linux.plug()


def board_test(linux: Guest, *arguments: str) -> None:
    """Begin it on the console."""
    command = shlex.join([sys.executable, "-m", "totpkey", "board-test", *arguments])
    linux.run_here("rm -rf /run/report; mkdir -p /run/report; rm -f /run/said; touch /run/said")
    linux.run_here(f"(setsid {command} < {CONSOLE}; echo ended $?) > /run/said 2>&1 &")


def test_a_person_is_led_through_and_gets_a_report(linux: Guest, request: pytest.FixtureRequest) -> None:
    board_test(linux, *WITHOUT, "--cuts", "2", "--out", "/run/report")
    person = Person(linux)
    assert linux.wait_until(person.look, STEPS * LIMIT), (person.did, person.said())
    (name,) = linux.run(f"ls {FOLDER} | grep json").split()
    report = json.loads(linux.run(f"cat {FOLDER}/{name}"))
    rows = {row["step"]: row for row in report["rows"]}
    exchanged = "exchanged" in request.node.name
    # Where the computer had to stop, its clock and the chip's go on some tenths of a second apart.
    faults = set(report["faults"]) - {"clock-off-after-cut"}
    assert faults == ({"clock-wires-exchanged"} if exchanged else set()), (person.did, report)
    assert "Linux" in report["system"]
    assert rows["typing"]["measured"]["arrived"] == MOST_DIGITS
    assert 4 <= rows["typing"]["measured"]["median_ms"] <= 40
    assert rows["button"]["measured"]["presses"] == 10
    assert rows["cuts of power"]["measured"] == {"cuts": 2}
    assert exchanged or rows["cell"]["measured"]["lost"] == []
    assert {rows[name]["grade"] for name in ("NumLock", "CapsLock")} == {"good"}
    assert not [row for row in report["rows"] if row["grade"] == BAD and row["sign"] not in report["faults"]]


def test_a_jig_writes_its_line(linux: Guest, request: pytest.FixtureRequest) -> None:
    linux.await_file(PORT)
    board_test(linux, *WITHOUT, *NOBODY, "--jig", "--log", "/run/report/log", "--out", "/run/report")
    assert linux.wait_until(lambda: "ended " in linux.run(f"cat {SAID}"), STEPS * LIMIT)
    line = linux.run(f"cat {FOLDER}/log").split()
    exchanged = "exchanged" in request.node.name
    # This drive was copied, not written as one image.
    assert line[3:5] == (["FAIL", "clock-wires-exchanged"] if exchanged else ["INCOMPLETE", "open=files"])
