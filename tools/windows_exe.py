"""Build totpkey.exe, for Windows without Python, beside the wheel in dist/, with PyInstaller under Wine.

    python tools/windows_exe.py                 (what `make exe` runs)
    python tools/windows_exe.py --if-possible   (what `make release` runs: no error where Wine is missing)

The program contains Python, the wheel and all libraries. If a release lies in dist/, its notes and checksums
name the program, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import lock_files
import release
import windows_python
from other_systems import ROOT, CannotSetUp

DIST = ROOT / "dist"
#: zxing-cpp needs this library of msvc-runtime's, and Windows does not include it.
_RUNTIME, _LIBRARY = "msvc_runtime", "msvcp140.dll"
_START = "from totpkey.__main__ import main\n\nmain()\n"


def build(folder: Path) -> Path:
    """Build the program from the one wheel in `folder`. Raise CannotSetUp or CalledProcessError."""
    windows_python.set_up()
    windows_python.start()
    (wheel,) = folder.glob("totpkey-*.whl")
    version = wheel.name.split("-")[1]
    target = folder / f"totpkey-{version}.exe"
    # The program records its build path, so a fixed path makes builds reproducible.
    place = windows_python.PREFIX / "drive_c" / "build"
    shutil.rmtree(place, ignore_errors=True)
    try:
        shutil.copytree(windows_python.PYTHON.parent, place / "python", ignore=shutil.ignore_patterns("site"))
        _install(place / "python", wheel)
        (place / "start.py").write_text(_START, encoding="ascii")
        subprocess.run(_command(), env=_environment(), cwd=place, check=True)
        shutil.copy(place / "dist" / "totpkey.exe", target)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return target


def _install(python: Path, wheel: Path) -> None:
    site = python / "site"
    with tempfile.TemporaryDirectory() as folder:
        packages = _packages(Path(folder))
        libraries = [str(path) for path in packages if not _is_runtime(path)]
        offline = (*windows_python.WHEELS, "--no-deps", "--no-index")
        windows_python.pip("install", *offline, "--target", str(site), *libraries, str(wheel))
        _take_library(packages, python.parent)
    _forget_where_from(site)
    (python / "python313._pth").write_text("python313.zip\r\n.\r\nsite\r\nimport site\r\n", encoding="ascii")


def _forget_where_from(site: Path) -> None:
    """pip notes the folder that a package came from: here a new one for each build, and nobody's business."""
    for note in site.glob("*.dist-info/direct_url.json"):
        note.unlink()
        record = note.with_name("RECORD")
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        record.write_text(
            "".join(line for line in lines if note.name not in line), encoding="utf-8", newline=""
        )


def _packages(folder: Path) -> list[Path]:
    """Download what the program contains and is packed with: the very files that the lock file names."""
    options = (*windows_python.WHEELS, "--no-deps", "--require-hashes", "--dest", str(folder))
    windows_python.pip("download", *options, "--requirement", str(lock_files.EXE))
    return sorted(folder.glob("*.whl"))


def _is_runtime(package: Path) -> bool:
    return package.name.startswith(f"{_RUNTIME}-")


def _take_library(packages: list[Path], target: Path) -> None:
    (runtime,) = filter(_is_runtime, packages)
    with zipfile.ZipFile(runtime) as files:
        (name,) = (name for name in files.namelist() if name.endswith(f"/Scripts/{_LIBRARY}"))
        (target / _LIBRARY).write_bytes(files.read(name))


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
        *(f"--add-binary={_LIBRARY};.", "start.py"),
    ]


def _environment() -> dict[str, str]:
    when = os.environ.get("SOURCE_DATE_EPOCH", "315532800")
    return windows_python.environment() | {"SOURCE_DATE_EPOCH": when, "PYTHONHASHSEED": "1"}


def main(arguments: list[str]) -> int:
    """Return 0 if the program was built or need not be."""
    try:
        made = build(DIST)
    except CannotSetUp as problem:
        print(f"No totpkey.exe: {problem}", file=sys.stderr)
        return 0 if arguments == ["--if-possible"] else 1
    if (DIST / "SHA256SUMS").is_file():
        release.finish(DIST, made.stem.removeprefix("totpkey-"))
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
