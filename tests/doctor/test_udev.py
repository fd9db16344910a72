"""The udev rule for keys is looked for, and installed only on request."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from totpkey.cli.root import run
from totpkey.doctor import udev
from totpkey.doctor.case import GOOD, ODD, Finding


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
