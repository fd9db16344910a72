"""Pictures of the screen and the clipboard: with X11 if there is Xvfb, with other programs for Wayland.

The command tells, too, of pictures that cannot be read.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import features

from readers.tests.pictures.codes import URI, code, page, saved
from totpkey import errors, pictures
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey_readers.pictures import qr

WAYLAND = {"WAYLAND_DISPLAY": "wayland-0"}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, for programs of ours; their shell is named in full."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    # Nor may the desktop that the tests run on be asked.
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """What is on the screen."""
    path = tmp_path / "shot.png"
    path.write_bytes(saved(page((code(), (900, 300))), "PNG"))
    return path


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_wayland_by_grim(programs: Path, shot: Path) -> None:
    program(programs, "grim", f'[ "$1" = - ] && exec /bin/cat "{shot}"')
    (picture,) = pictures.grab(WAYLAND, "linux")
    assert qr.find(picture) == [URI]


def test_wayland_by_a_program_that_knows_files_only(programs: Path, shot: Path, scratch: Path) -> None:
    program(programs, "gnome-screenshot", f'/bin/cp "{shot}" "$2"; echo "$2" >> "{programs}/told"')
    (picture,) = pictures.grab(WAYLAND, "linux")
    assert qr.find(picture) == [URI]
    assert str(scratch) in (programs / "told").read_text()
    assert list(scratch.iterdir()) == []


def test_a_program_that_fails_leaves_nothing_behind(programs: Path, shot: Path, scratch: Path) -> None:
    program(programs, "grim", "exit 1")
    program(programs, "gnome-screenshot", f'/bin/cp "{shot}" "$2"; exit 1')
    assert pictures.grab(WAYLAND, "linux")
    assert list(scratch.iterdir()) == []


def test_wayland_with_no_program_says_which(programs: Path) -> None:
    with pytest.raises(errors.NoPicture) as raised:
        pictures.grab(WAYLAND, "linux")
    assert "grim" in raised.value.remedy
    assert "--qr FILE" in raised.value.remedy


def test_all_monitors_of_a_mac(programs: Path, shot: Path, scratch: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.write_bytes(saved(page(), "PNG"))
    program(programs, "screencapture", f'[ "$1" = -x ] && /bin/cp "{empty}" "$2" && /bin/cp "{shot}" "$3"')
    found = pictures.grab({}, "darwin")
    assert [qr.find(picture) for picture in found] == [[], [URI]]
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="X11 is Linux's")
def test_without_a_screen(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(errors.NoPicture) as raised:
        pictures.grab({}, "linux")
    assert "--qr FILE" in raised.value.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have programs of other names")
def test_text_in_the_clipboard(programs: Path) -> None:
    program(programs, "wl-paste", f'[ "$1" = --no-newline ] && printf %s "{URI}"')
    assert pictures.clipboard("linux") == URI


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have programs of other names")
def test_an_empty_clipboard(programs: Path) -> None:
    assert pictures.clipboard("linux") is None


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An X server with two monitors side by side, and no glass."""
    xvfb = shutil.which("Xvfb")
    if not xvfb or not shutil.which("display") or not shutil.which("xrandr"):
        pytest.skip("Xvfb, xrandr and ImageMagick's display are not installed")
    reading, writing = os.pipe()
    arguments = [xvfb, "-displayfd", str(writing), "-screen", "0", "2560x1024x24", "-noreset"]
    with subprocess.Popen(arguments, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        # To the end of the line: it gives up if nobody reads that.
        with open(reading, encoding="ascii") as told:
            name = ":" + told.readline().strip()
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        for place, (monitor, output) in enumerate((("LEFT", "screen"), ("RIGHT", "none"))):
            size = f"1280/300x1024/200+{1280 * place}+0"
            subprocess.run(["xrandr", "--setmonitor", monitor, size, output], check=True)
        yield name
        server.terminate()


@pytest.mark.parametrize("left", [100, 1280 + 700], ids=["first monitor", "second monitor"])
def test_x11(display: str, tmp_path: Path, left: int) -> None:
    both = tmp_path / "both.png"
    both.write_bytes(saved(page((code(), (left, 300)), size=(2560, 1024)), "PNG"))
    with subprocess.Popen(["display", "-window", "root", str(both)]) as drawing:
        drawing.wait()
    (picture,) = pictures.grab({"DISPLAY": display}, "linux")
    assert picture.size == (2560, 1024)
    assert qr.find(picture) == [URI]


@pytest.fixture
def held(display: str) -> Iterator[Callable[[str, Path], None]]:
    """Puts a file into the clipboard of the X server, as a program does that stays to hand it out."""
    if not shutil.which("xclip"):
        pytest.skip("xclip is not installed")
    holding: list[subprocess.Popen[bytes]] = []

    def hold(kind: str, file: Path) -> None:
        program = ["xclip", "-selection", "clipboard", "-t", kind, "-quiet", "-i", str(file)]
        holding.append(subprocess.Popen(program, stderr=subprocess.DEVNULL))
        asked = ["xclip", "-selection", "clipboard", "-o", "-t", "TARGETS"]
        while kind not in subprocess.run(asked, capture_output=True, text=True, check=False).stdout:
            assert holding[-1].poll() is None

    yield hold
    for program in holding:
        program.kill()
        program.wait()


def test_a_picture_in_the_clipboard(held: Callable[[str, Path], None], shot: Path) -> None:
    held("image/png", shot)
    picture = pictures.clipboard("linux")
    assert not isinstance(picture, str)
    assert picture is not None
    assert qr.find(picture) == [URI]


def test_text_in_the_clipboard_of_x11(held: Callable[[str, Path], None], tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text(URI)
    held("UTF8_STRING", file)
    assert pictures.clipboard("linux") == URI


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_the_command_tells_of_a_damaged_avif(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "code.avif"
    # Where in the file the picture lies is not told any more.
    file.write_bytes(saved(code(), "AVIF").replace(b"iloc", b"free"))
    for arguments in (["import", "-n", str(file)], ["add", "--qr", str(file)]):
        assert run(["--port", str(tmp_path / "none"), *arguments]) == exits.USAGE
        assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize("module", ["zxingcpp", "PIL", "pypdfium2"])
def test_a_missing_library_is_told_with_a_remedy(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(code(), "PDF" if module == "pypdfium2" else "PNG")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(errors.LibraryMissing) as raised, errors.in_words():
        qr.read(data)
    assert "pip install" in raised.value.remedy
    assert "as text" in raised.value.remedy
