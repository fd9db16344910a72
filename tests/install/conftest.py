"""Fixtures: keys made from the one-file image, and firmware of other versions for them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import build_drive
from tests.install.boards import installed, interpreter
from tests.support.chinese import chinese
from tests.support.desk import Desk
from tests.support.terminal import world
from totpkey.cli.root import run
from totpkey_virtual.simulator import sources
from totpkey_volume import fat

__all__ = ["chinese", "world"]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Yield a desk with a new key, plugged in and in setup."""
    desk = Desk(installed())
    desk.plug_in()
    yield desk
    if desk.key.plugged:
        desk.key.unplug()


MakeFirmware = Callable[..., dict[str, bytes]]


@pytest.fixture(scope="session")
def make_firmware(tmp_path_factory: pytest.TempPathFactory) -> MakeFirmware:
    """Return a function that builds the drive from changed sources: old and new text by file."""

    def make(changes: dict[str, tuple[str, str]]) -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("firmware")
        shutil.copytree(
            build_drive.FIRMWARE, folder / "firmware", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name, (old, new) in changes.items():
            path = folder / "firmware" / "lib" / name
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build_drive, "FIRMWARE", folder / "firmware")
            drive = build_drive.build(folder / "drive")
        files = fat.folder(drive)
        sources.know(sources.find(drive, files))
        return files

    return make


@pytest.fixture(scope="session")
def newer(make_firmware: MakeFirmware) -> dict[str, bytes]:
    """Return the firmware of the release after this one."""
    return make_firmware({"totpkey_protocol/version.py": ('__version__ = "', '__version__ = "9.')})


Says = Callable[..., str]


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Says:
    """Return a function that runs a command, which has to end with a code, and returns its messages."""

    def says(arguments: Sequence[str], code: int = 0) -> str:
        capsys.readouterr()
        ended = run([*arguments])
        messages = capsys.readouterr().err
        assert ended == code, messages
        return messages

    return says


@pytest.fixture
def given_file(tmp_path: Path) -> Path:
    path = tmp_path / "circuit python.uf2"
    path.write_bytes(interpreter())
    return path


@pytest.fixture
def image_file(official_image: Path, tmp_path: Path) -> Path:
    """Return the image that the command makes of a published CircuitPython."""
    made = tmp_path / "totpkey.uf2"
    assert run(["image", "--circuitpython", str(official_image), "-o", str(made)]) == 0
    return made
