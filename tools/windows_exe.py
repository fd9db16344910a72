"""Build totpkey.exe, for Windows without Python, with PyInstaller under Wine.

The program contains Python, the wheel and the packages of tools/locks/exe.txt, and nothing of the computer
that builds it: each build has a Windows of its own, and wheels are unpacked without pip, which notes where it
is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import lock_files
import windows_python
from other_systems import CannotSetUp

#: zxing-cpp needs this library of msvc-runtime's, and Windows does not include it.
_RUNTIME, _LIBRARY = "msvc_runtime", "msvcp140.dll"
#: What of a package's own notes goes in. `importlib.metadata` reads these, PyInstaller's hooks the last.
_NOTES = ("METADATA", "WHEEL", "entry_points.txt")
_TRIES = 4
_START = "from totpkey.__main__ import main\n\nmain()\n"


@dataclass(frozen=True)
class Parts:
    """What the program is built of beside the wheel: the folder of Python, and packages as wheels."""

    python: Path
    packages: tuple[Path, ...]


def fetch(folder: Path) -> Parts:
    """Download the very files that are pinned. Raise CannotSetUp."""
    windows_python.unpack(folder / "python", ("site",))
    options = (*windows_python.WHEELS, "--no-deps", "--require-hashes", "--dest", str(folder))
    windows_python.pip("download", *options, "--requirement", str(lock_files.EXE))
    return Parts(folder / "python", tuple(sorted(folder.glob("*.whl"))))


def build(wheel: Path, parts: Parts, notices: Path, target: Path, when: int) -> None:
    """Build the program from a wheel; `notices` goes in, and `when` is the time that it gives.

    Raise CannotSetUp. Wine dies now and then, mostly as it begins: then all is tried once more, from nothing.
    """
    windows_python.SYSTEM.require_programs()
    for _ in range(_TRIES):
        try:
            _build(wheel, parts, notices, target, when)
        except subprocess.CalledProcessError as problem:
            print(f"Wine: {problem}", file=sys.stderr)
        else:
            return
    raise CannotSetUp("Wine died each time.")


def _build(wheel: Path, parts: Parts, notices: Path, target: Path, when: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder) / "prefix"
        # The program records its build path, so this is the same in each build.
        place = prefix / "drive_c" / "build"
        environment = _environment(prefix, when)
        # The second waits until the first has finished Windows.
        for command in (["wine", "wineboot", "--init"], ["wineserver", "--wait"]):
            subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL)
        try:
            shutil.copytree(parts.python, place / "python")
            _fill(place, wheel, parts)
            (place / "THIRD-PARTY.txt").write_bytes(notices.read_bytes())
            (place / "start.py").write_text(_START, encoding="ascii")
            subprocess.run(_command(), env=environment, cwd=place, check=True)
            target.write_bytes((place / "dist" / "totpkey.exe").read_bytes())
        finally:
            subprocess.run(["wineserver", "--kill"], env=environment, check=False)


def _fill(place: Path, wheel: Path, parts: Parts) -> None:
    (runtime,) = (path for path in parts.packages if path.name.startswith(f"{_RUNTIME}-"))
    unpack([wheel, *(path for path in parts.packages if path != runtime)], place / "python" / "site")
    with zipfile.ZipFile(runtime) as files:
        (name,) = (name for name in files.namelist() if name.endswith(f"/Scripts/{_LIBRARY}"))
        (place / _LIBRARY).write_bytes(files.read(name))


def unpack(wheels: Iterable[Path], site: Path) -> None:
    """Unpack the modules of wheels, and of their notes what programs read. Raise CannotSetUp for the rest."""
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                top, _, rest = name.partition("/")
                if top.endswith(".data"):
                    raise CannotSetUp(f"{wheel.name} has {name}, which nothing here knows where to put.")
                if not name.endswith("/") and (not top.endswith(".dist-info") or rest in _NOTES):
                    archive.extract(name, site)


def _command() -> list[str]:
    """Collect all submodules, since commands are imported on demand. Omit virtual keys, which need Linux."""
    return [
        *("wine", "C:\\build\\python\\python.exe", "-m", "PyInstaller", "--noconfirm", "--log-level=WARN"),
        *(
            "--onefile",
            "--console",
            "--name=totpkey",
            "--collect-submodules=totpkey",
            "--collect-submodules=totpkey_board_test",
            "--collect-data=totpkey",
            "--collect-data=shamir_mnemonic",
        ),
        *("--exclude-module=totpkey_virtual", "--exclude-module=cv2"),
        *(f"--add-binary={_LIBRARY};.", "--add-data=THIRD-PARTY.txt;.", "start.py"),
    ]


def _environment(prefix: Path, when: int) -> dict[str, str]:
    """Nothing of the builder's but where programs are. Wine dies of some variables, such as TMPDIR."""
    runtime = prefix.with_name("runtime")
    runtime.mkdir(mode=0o700)
    ours = windows_python.environment()
    kept = {name: ours[name] for name in ("PATH", "WINEDEBUG", "WINEDLLOVERRIDES", "LANG", "LANGUAGE")}
    paths = {"WINEPREFIX": str(prefix), "XDG_RUNTIME_DIR": str(runtime), "HOME": str(prefix.parent)}
    return kept | paths | {"SOURCE_DATE_EPOCH": str(when), "PYTHONHASHSEED": "1", "TZ": "UTC"}
