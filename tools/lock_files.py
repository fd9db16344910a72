"""The lock files in tools/locks: each Python package that a release contains or is built with, by hash.

    python tools/lock_files.py      (bring them up to date; what `make locks` runs, with uv)

pip takes them with `--require-hashes`, so nothing but these very files is installed. `command.txt` has what
the command needs, `release.txt` what a release is built with, `exe.txt` what goes into totpkey.exe,
`site.txt` what builds the site, and `dev.txt` what developers test with. `licences.toml` has the licence of
each but the last ones, since packages spell theirs in many ways.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tools" / "locks"
COMMAND, RELEASE, EXE, SITE, DEV = (
    FOLDER / f"{name}.txt" for name in ("command", "release", "exe", "site", "dev")
)
_ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<where>[^\\]+?))? \\$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^ +# +(?:via )?(?P<name>[\w.-]+)(?P<ours> \(pyproject\.toml.*)?$")
_WITH_COMMAND = ("-c", "tools/locks/command.txt")
_EVERYWHERE = ("--universal", "--python-version=3.11")
_WINDOWS = ("--python-platform=windows", "--python-version=3.13")
#: What uv makes each of, the command's first: the others take the same versions.
_FROM = {
    COMMAND: ("pyproject.toml", *_EVERYWHERE),
    RELEASE: ("pyproject.toml", "--group=release", *_WITH_COMMAND, *_EVERYWHERE),
    EXE: ("pyproject.toml", "--group=exe", *_WITH_COMMAND, *_WINDOWS),
    SITE: ("--group=site", *_EVERYWHERE),
    DEV: ("pyproject.toml", "--group=dev", *_WITH_COMMAND, *_EVERYWHERE),
}


@dataclass(frozen=True)
class Pin:
    """A package: the hashes of its files, the platforms that need it, and the packages that brought it.

    `direct`: pyproject.toml names it, too.
    """

    name: str
    version: str
    where: Marker | None
    hashes: tuple[str, ...]
    via: tuple[str, ...]
    direct: bool


def read(path: Path) -> list[Pin]:
    """Return the packages of a lock file."""
    # An entry begins at the margin, as comments do, and what belongs to it is indented.
    entries = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").rstrip("\n"))
    return [_pin(entry) for entry in entries if not entry.startswith("#")]


def _pin(entry: str) -> Pin:
    first, *rest = entry.splitlines()
    named = _ENTRY.fullmatch(first)
    if not named:
        raise ValueError(f"not a pinned package: {first}")
    brought = [match for line in rest if (match := _VIA.match(line)) and match["name"] != "via"]
    where = Marker(named["where"]) if named["where"] else None
    return Pin(
        named["name"],
        named["version"],
        where,
        tuple(_HASH.findall(entry)),
        tuple(match["name"] for match in brought if not match["ours"]),
        any(match["ours"] for match in brought),
    )


def licences() -> dict[str, str]:
    """Return the SPDX expression of each package's licence."""
    return dict(tomllib.loads((FOLDER / "licences.toml").read_text(encoding="utf-8")))


def update() -> None:
    """Write the newest versions that pyproject.toml allows. Raise CalledProcessError."""
    for path, sources in _FROM.items():
        options = ("--quiet", "--upgrade", "--generate-hashes", "--no-header", "--no-emit-index-url")
        command = [sys.executable, "-m", "uv", "pip", "compile", *options, *sources]
        subprocess.run([*command, "--output-file", str(path.relative_to(ROOT))], cwd=ROOT, check=True)
        print(path)


if __name__ == "__main__":
    update()
