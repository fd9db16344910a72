"""`totpkey doctor`: its findings on a real key and on invented systems, its report, and the udev rule.

The report goes into an issue that everybody can read; the search for leaks reads it, too. The rule is
installed only on request.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.terminal import CommandDesk, MakeDesk
from totpkey import errors
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.clock import host_clock
from totpkey.clock.synchronise import Offset
from totpkey.doctor import examination, of_computer, udev
from totpkey.doctor.case import BAD, GOOD, ODD, Case, Finding, KeyCase
from totpkey.doctor.examination import examine
from totpkey.i18n import translation
from totpkey.link.replies import BackupNote, Clock, Hello, Slots, Typing
from totpkey_protocol import limits, words
from totpkey_protocol.version import __version__

NOW = 1_800_000_000.0
HELLO = Hello(1, __version__, "10.1.3", "raspberry_pi_pico", "00ff", "setup", "open", "trusted", 2)
CLOCK = Clock(
    "trusted", "PCF8523", "good", int(NOW) - 10, int(NOW) + 10**7, 1000, 400, int(NOW) + 86400, 0, 0, 0, 0
)
SLOTS = Slots(False, True, False, 8, 0, True, False, False)
TYPING = Typing("keypad", 0, 0, 3, "")
BACKUP = BackupNote(int(NOW) - 40 * 86400, False)
HEALTHY = KeyCase("/dev/ttyACM0", HELLO, CLOCK, SLOTS, Offset(0.01, 0.001), TYPING, BACKUP)


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Linux of our own: no key, no rules, no processes."""
    for folder in ("usb", "rules", "proc"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(of_computer, "USB", tmp_path / "usb")
    monkeypatch.setattr(of_computer, "RULES", (tmp_path / "rules",))
    monkeypatch.setattr(of_computer, "PROCESSES", tmp_path / "proc")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.SYNCHRONISED)
    return tmp_path


DRILLED = int(NOW) - 3 * 86400


def findings(
    key: KeyCase | None, clock: str = host_clock.SYNCHRONISED, drilled: int = DRILLED
) -> dict[str, Finding]:
    case = Case(key, clock, NOW, drilled=drilled, drilled_file="00112233445566778899")
    return {finding.name: finding for finding in examine(case)}


def test_a_key_with_a_clock_that_was_never_set(make_desk: MakeDesk) -> None:
    desk = make_desk(clock_set=False)
    done = desk.run("doctor", "--json").ended(exits.ERROR)
    told = {finding["name"]: finding for finding in json.loads(done.out)}
    assert told["key"]["grade"] == "good"
    assert told["oscillator"]["grade"] == "bad"
    assert "time sync" in told["oscillator"]["remedy"]
    assert "oscillator" in desk.run("doctor").out


def test_a_key_that_is_well(desk: CommandDesk) -> None:
    assert desk.run("time", "sync").code == exits.OK
    done = desk.run("doctor", "--json").ended(exits.OK)
    assert {finding["grade"] for finding in json.loads(done.out)} <= {"good", "odd", "unknown"}


def test_without_a_key_the_computer_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--port", "/dev/nowhere", "doctor", "--json"]) == exits.ERROR
    told = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert "no serial port" in told["key"]["detail"]
    assert told["udev rule"]["grade"] == ODD
    assert run(["--port", "/dev/nowhere", "doctor"]) == exits.ERROR
    shown = capsys.readouterr()
    assert "no serial port /dev/nowhere" in shown.out
    assert "hold its button" in shown.err


def test_all_is_well() -> None:
    found = findings(HEALTHY)
    assert {finding.grade for name, finding in found.items() if name != "udev rule"} == {GOOD}


@pytest.mark.parametrize(
    ("name", "grade", "change"),
    [
        ("battery", BAD, {"clock": replace(CLOCK, battery="low")}),
        ("battery", BAD, {"clock": replace(CLOCK, battery="off")}),
        ("oscillator", BAD, {"hello": replace(HELLO, clock="lost"), "offset": None}),
        ("time", ODD, {"offset": Offset(-3.0, 0.01)}),
        ("time", BAD, {"offset": Offset(-60.0, 0.01)}),
        ("budget", ODD, {"clock": replace(CLOCK, off=31_000)}),
        ("budget", ODD, {"clock": replace(CLOCK, set=0, again=0)}),
        ("budget", ODD, {"clock": replace(CLOCK, again=int(NOW) - 1)}),
        ("budget", BAD, {"hello": replace(HELLO, clock=words.DOUBTFUL)}),
        ("backup", ODD, {"backup": BackupNote(0, True)}),
        ("backup", ODD, {"backup": BackupNote(int(NOW) - 3600, True)}),
        ("firmware", ODD, {"hello": replace(HELLO, firmware="0.0.1")}),
        ("firmware", ODD, {"hello": replace(HELLO, firmware="99.10.0")}),
        ("lock", ODD, {"slots": replace(SLOTS, device=True)}),
        ("lock", ODD, {"slots": replace(SLOTS, tries=3)}),
        ("lock", BAD, {"hello": replace(HELLO, state="blocked")}),
        ("element", BAD, {"slots": replace(SLOTS, with_element=True)}),
        ("element", ODD, {"slots": replace(SLOTS, element=True)}),
    ],
)
def test_what_is_wrong_with_a_key_has_a_remedy(name: str, grade: str, change: dict[str, object]) -> None:
    found = findings(replace(HEALTHY, **change))[name]  # type: ignore[arg-type]
    assert found.grade == grade
    assert found.remedy


def test_an_element_is_told_of_where_there_is_one() -> None:
    assert "element" not in findings(HEALTHY)
    found = findings(replace(HEALTHY, slots=replace(SLOTS, element=True, with_element=True)))
    assert found["element"].grade == GOOD


def test_a_backup_has_an_age_without_parts_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "40 d 0 h ago" in findings(HEALTHY)["backup"].detail
    young = replace(HEALTHY, backup=BackupNote(int(NOW) - 4, False))
    assert "made 4 s ago" in findings(young)["backup"].detail
    monkeypatch.setattr(translation, "_current", lambda: translation.translator(["zh_CN"]))
    assert findings(young)["backup"].detail.startswith("4 秒前备份")


def test_a_drill_has_an_age_and_a_file() -> None:
    found = findings(HEALTHY)["drill"]
    assert (found.grade, found.remedy) == (GOOD, "")
    assert "3 d 0 h ago" in found.detail
    assert "001122334455" in found.detail
    assert findings(None)["drill"] == found


@pytest.mark.parametrize(
    ("key", "drilled"),
    [
        (HEALTHY, 0),
        (None, 0),
        (replace(HEALTHY, backup=BackupNote(DRILLED + limits.DRIFT_MOST + 1, False)), DRILLED),
    ],
    ids=["never", "never, without a key", "before the last backup"],
)
def test_a_drill_that_is_due_has_a_remedy(key: KeyCase | None, drilled: int) -> None:
    found = findings(key, drilled=drilled)["drill"]
    assert found.grade == ODD
    assert "backup --drill" in found.remedy


def test_a_key_that_never_exports_is_not_asked_for_a_backup() -> None:
    assert "backup" not in findings(
        replace(HEALTHY, slots=replace(SLOTS, export=False), backup=BackupNote(0, True))
    )


def test_a_keypad_with_num_lock_does_not_fit_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    found = findings(HEALTHY)["typing"]
    assert (found.grade, "calibrate" in found.remedy) == (ODD, True)


def test_a_computer_whose_clock_may_be_the_wrong_one() -> None:
    found = findings(replace(HEALTHY, offset=Offset(60.0, 0.01)), host_clock.UNSYNCHRONISED)
    assert found["time"].grade == ODD
    assert found["this computer's clock"].grade == ODD


def plugged(system: Path, *classes: int) -> None:
    device = system / "usb" / "1-2"
    device.mkdir()
    (device / "product").write_text("totpkey\n")
    for number, usb_class in enumerate(classes):
        interface = system / "usb" / f"1-2:1.{number}"
        interface.mkdir()
        (interface / "bInterfaceClass").write_text(f"{usb_class:02x}\n")


@pytest.mark.parametrize(
    ("classes", "grade"),
    [((3,), GOOD), ((2, 10, 3), GOOD), ((8, 3), BAD), ((2, 10, 2, 10, 3), BAD), ((1, 1, 3), BAD)],
)
def test_a_drive_or_a_console_is_seen(system: Path, classes: tuple[int, ...], grade: str) -> None:
    plugged(system, *classes)
    assert findings(None)["faces"].grade == grade


def test_modem_manager_and_the_rule_against_it(system: Path) -> None:
    (system / "proc" / "77").mkdir()
    (system / "proc" / "77" / "comm").write_text("ModemManager\n")
    assert findings(None)["ModemManager"].grade == ODD
    rule = system / "rules" / "70-totpkey.rules"
    rule.write_text("")
    assert findings(None)["ModemManager"].grade == ODD
    rule.write_text("# Of another version.\n" + udev.rule())
    assert findings(None)["ModemManager"].grade == GOOD


def test_a_file_of_rules_hides_those_of_its_name_behind(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As udev has it: an empty one in /etc switches off what a package has put elsewhere."""
    (system / "packaged").mkdir()
    monkeypatch.setattr(of_computer, "RULES", (system / "rules", system / "packaged"))
    monkeypatch.setattr("os.getuid", lambda: 1000)
    monkeypatch.setattr("os.getgroups", list)
    forbidden = findings(None)["serial ports"]
    assert (forbidden.grade, "usermod" in forbidden.remedy) == (BAD, True)
    (system / "packaged" / "70-totpkey.rules").write_text(udev.rule())
    assert findings(None)["serial ports"].grade == GOOD
    (system / "rules" / "70-totpkey.rules").write_text("")
    assert findings(None)["serial ports"].grade == BAD


@pytest.mark.parametrize("rule", ["", udev.rule()])
def test_a_port_that_is_forbidden_is_not_called_open(
    rule: str, system: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever rule lies there: over SSH, say, it allows nothing."""

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("serial.Serial", forbidden)
    (system / "rules" / "70-totpkey.rules").write_text(rule)
    assert run(["--port", "/dev/ttyACM0", "doctor", "--json"]) == exits.ERROR
    told = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert told["key"]["detail"] == "You have no permission to open /dev/ttyACM0."
    assert told["serial ports"]["grade"] == BAD
    assert "usermod -aG" in told["serial ports"]["remedy"]
    assert ("is in place" in told["serial ports"]["remedy"]) == bool(rule)


REPORTED = replace(HELLO, key="00ff" * 4)
CASE = Case(replace(HEALTHY, hello=REPORTED), host_clock.SYNCHRONISED, 0.0)


@pytest.fixture
def berta(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person at this computer."""
    monkeypatch.setenv("LOGNAME", "berta")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/berta"))


@pytest.mark.usefixtures("berta")
def test_a_key_with_accounts(make_desk: MakeDesk) -> None:
    desk = make_desk()
    ident = desk.add("Amazon:shop")
    done = desk.run("doctor", "--report")
    told = desk.told("doctor")
    lines = done.out.splitlines()
    assert lines[0].startswith(f"totpkey {__version__}, Python 3.")
    assert f"{desk.key.board}, firmware {__version__}, CircuitPython" in lines[2]
    assert [line.split(":")[0].split(None, 1) for line in lines[3:]] == [
        [finding["grade"], finding["name"]] for finding in told
    ]
    key = told[0]["detail"].split()[0]
    assert len(key) == 16
    for own in (key, "Amazon", "shop", ident):
        assert own not in done.out
    assert "KEY on " in done.out


@pytest.mark.usefixtures("berta")
def test_names_of_people_and_folders_are_left_out() -> None:
    found = [
        Finding("key", GOOD, f"{REPORTED.key} on /dev/ttyACM0"),
        Finding("board's drive", BAD, "/run/media/berta/CIRCUITPY: a board"),
        Finding("rule", GOOD, "/home/berta/rules, C:\\Users\\berta\\rules and C:\\Users\\berta"),
        Finding("word", GOOD, "alberta is no user"),
    ]
    assert examination.report_lines(CASE, found)[3:] == [
        "good    key: KEY on /dev/ttyACM0",
        "bad     board's drive: /run/media/USER/CIRCUITPY: a board",
        "good    rule: HOME/rules, C:\\Users\\USER\\rules and C:\\Users\\USER",
        "good    word: alberta is no user",
    ]


@pytest.mark.usefixtures("berta")
def test_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without a name of the user, as in some containers."""

    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    case = replace(CASE, key=None, hindrance=errors.NoKey("No key was found."))
    lines = examination.report_lines(case, [Finding("key", BAD, "No key was found.")])
    assert lines[2:] == ["bad     key: No key was found."]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc/udev/rules.d").mkdir(parents=True)
    return tmp_path


def told(root: Path) -> str:
    row = udev.row(root, "linux")
    assert row is not None
    return row.grade


def test_missing_in_place_and_of_another_version(root: Path) -> None:
    assert told(root) == ODD
    udev.fix(root)
    assert told(root) == GOOD
    (root / "etc/udev/rules.d" / udev.NAME).write_text("# older\n")
    assert told(root) == ODD


def test_systems_without_udev(tmp_path: Path, root: Path) -> None:
    assert udev.row(root, "darwin") is None
    assert udev.row(tmp_path / "nothing", "linux") is None


def test_the_command_says_what_it_would_do_and_asks(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "totpkey.cli.commands.doctor.udev.row", lambda: Finding("udev rule", ODD, "none", "fix it")
    )
    real = udev.fix
    monkeypatch.setattr("totpkey.cli.commands.doctor.udev.fix", lambda: real(root))
    monkeypatch.setattr("click.prompt", lambda *_, **__: "n")
    assert run(["doctor", "--fix"]) == 1
    shown = capsys.readouterr().err
    assert "write /etc/udev/rules.d/70-totpkey.rules" in shown
    assert "Nothing was changed" in shown
    assert not list((root / "etc/udev/rules.d").iterdir())
    assert run(["doctor", "--fix", "--yes"]) == 0
    assert (root / "etc/udev/rules.d" / udev.NAME).read_text() == udev.rule()


def test_the_rule_names_the_product_that_boot_py_sets(root: Path) -> None:
    boot = Path(__file__).resolve().parents[2] / "firmware" / "boot.py"
    assert 'set_usb_identification("totpkey project", "totpkey")' in boot.read_text(encoding="utf-8")
    rules = [line for line in udev.rule().splitlines() if line and not line.startswith("#")]
    assert sum('=="totpkey"' in line for line in rules) == 2
    assert 'ENV{ID_MM_DEVICE_IGNORE}="1"' in udev.rule()
    checker = shutil.which("udevadm")
    if checker and "verify" in subprocess.run([checker, "--help"], capture_output=True, text=True).stdout:
        udev.fix(root)
        path = root / "etc/udev/rules.d" / udev.NAME
        assert subprocess.run([checker, "verify", str(path)], capture_output=True).returncode == 0
