"""A package for Debian and its relatives: what is in the wheel, the rule for keys, and the manual pages.

The command lives in a folder of its own, as Debian asks of programs whose modules are nobody else's. The two
libraries that Debian lacks lie beside it; they come from the lock file, by hash. The same release gives the
same bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import lock_files
import man_pages
from package_texts import ROOT, Definition
from totpkey_protocol.version import MADE

#: Debian's names of what the command needs, and the versions where Debian's may be too old.
_DEPENDS = {
    "click": "python3-click (>= 8.1.7)",
    "cryptography": "python3-cryptography (>= 44)",
    "jeepney": "python3-jeepney",
    "platformdirs": "python3-platformdirs",
    "pyserial": "python3-serial",
    "rich": "python3-rich (>= 13.7)",
    "shamir-mnemonic": "python3-shamir-mnemonic (>= 0.3)",
    "websockets": "python3-websockets (>= 15)",
}
_RECOMMENDS = {"pillow": "python3-pil (>= 11)", "zxing-cpp": "python3-zxing-cpp (>= 3)"}
#: pypdfium2 is only for codes in PDF files, and too large to be carried along.
_MISSING = ("pypdfium2",)
_CARRIED = {"adafruit-board-toolkit": "adafruit_board_toolkit", "zxcvbn": "zxcvbn"}
#: Modules of a carried library that other systems import.
_OF_OTHERS = ("adafruit_board_toolkit/_list_ports_osx.py", "adafruit_board_toolkit/_list_ports_windows.py")
_HOME = "usr/share/totpkey"
_START = """\
#!/usr/bin/python3
import os
import sys
from pathlib import Path

home = str(Path(__file__).resolve().parents[1] / "share" / "totpkey")
sys.path.insert(0, home)
# The command starts processes of itself, which have to find it, too.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))

from totpkey.__main__ import main

main()
"""
_CONTROL = """\
Package: totpkey
Version: {about.version}
Architecture: all
Maintainer: {about.maintainer}
Installed-Size: {size}
Depends: python3 (>= 3.11), {depends}
Recommends: {recommends}
Section: utils
Priority: optional
Homepage: {about.home}
Description: command that sets up an open hardware key for one-time codes
{words}
"""
#: Whoever runs the command as root has Python put what it compiled there.
_BEFORE_REMOVAL = f"""\
#!/bin/sh
set -e
find "$DPKG_ROOT/{_HOME}" -type d -name __pycache__ -prune -exec rm -r {{}} +
"""
_WORDS = """\
The key is a small USB stick that types the code of an authenticator app at the press of a button.
This command makes a key of a board, adds accounts to it, backs them up, and simulates a key where
there is none."""
_COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: totpkey
Source: {about.home}

Files: *
Copyright: 2026 {about.publisher}
License: MIT

Files: {home_folder}/adafruit_board_toolkit/*
Copyright: 2021 Dan Halbert for Adafruit Industries
License: MIT

Files: {home_folder}/zxcvbn/*
Copyright: Dropbox, Inc., Daniel Wolf
License: MIT

Files: {home_folder}/totpkey/data/drive/lib/adafruit_hid/*
Copyright: 2017 Scott Shawcroft for Adafruit Industries
License: MIT

Files: {home_folder}/totpkey/data/words/*
Copyright: Electronic Frontier Foundation
License: CC-BY-3.0
 Creative Commons Attribution 3.0 United States,
 https://creativecommons.org/licenses/by/3.0/us/

License: MIT
{licence}
"""
_OVERRIDES = """\
# The rule knows keys by their name, and boards in their boot loader by a number that all of them have. Nobody
# who plugs in such a board should be offered this command for it.
totpkey: appstream-metadata-missing-modalias-provide *
"""
_CHANGES = """\
totpkey ({about.version}) unstable; urgency=medium

  * New version. What is new: {about.home}changes

 -- {about.maintainer}  {date}
"""


def write(about: Definition, release: Path, target: Path) -> Path:
    """Build the package into `target` with dpkg-deb, from a release's folder. Raise CalledProcessError."""
    path = target / "deb" / f"totpkey_{about.version}_all.deb"
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "totpkey"
        contents = _program(release / about.wheel.name) | _carried() | _manual() | _papers(about)
        _lay(tree, contents)
        control = {"control": _control(about, contents), "md5sums": _md5sums(contents)}
        control["prerm"] = _BEFORE_REMOVAL.encode()
        _lay(tree, {f"DEBIAN/{name}": content for name, content in control.items()})
        command = ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(path)]
        when = os.environ | {"SOURCE_DATE_EPOCH": str(MADE)}
        subprocess.run(command, check=True, env=when, stdout=subprocess.DEVNULL)
    return path


def _lay(tree: Path, contents: Mapping[str, bytes]) -> None:
    """Write files with rights and times that do not depend on who builds."""
    for name, content in contents.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if name.startswith(("usr/bin/", "DEBIAN/prerm")) else 0o644)
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def _program(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    rule = held["totpkey/data/70-totpkey.rules"]
    return {f"{_HOME}/{name}": content for name, content in held.items()} | {
        "usr/bin/totpkey": _START.encode(),
        "usr/lib/udev/rules.d/70-totpkey.rules": rule,
    }


def _carried() -> dict[str, bytes]:
    """The modules of the libraries that Debian lacks."""
    with tempfile.TemporaryDirectory() as folder:
        wheels = _download(Path(folder))
        files: dict[str, bytes] = {}
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                files |= {
                    f"{_HOME}/{name}": archive.read(name)
                    for name in archive.namelist()
                    if name.partition("/")[0] in _CARRIED.values() and name not in _OF_OTHERS
                }
    return files


def _download(folder: Path) -> list[Path]:
    text = lock_files.COMMAND.read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry.partition("==")[0] in _CARRIED]
    (folder / "lock.txt").write_text("\n".join(entries) + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--only-binary=:all:", "--require-hashes", "--dest", str(folder)]
    subprocess.run([*pip, *options, "--requirement", str(folder / "lock.txt")], check=True)
    return sorted(folder.glob("*.whl"))


def _manual() -> dict[str, bytes]:
    return {f"usr/share/man/man1/{name}.1.gz": _zipped(text) for name, text in man_pages.pages()}


def _papers(about: Definition) -> dict[str, bytes]:
    licence = textwrap.indent((ROOT / "LICENSE").read_text(encoding="utf-8"), " ")
    licence = re.sub(r"^ *$", " .", licence.rstrip("\n"), flags=re.MULTILINE)
    date = datetime.fromtimestamp(MADE, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    copyright = _COPYRIGHT.format(about=about, home_folder=_HOME, licence=licence)
    return {
        "usr/share/doc/totpkey/copyright": copyright.encode(),
        "usr/share/doc/totpkey/changelog.gz": _zipped(_CHANGES.format(about=about, date=date)),
        "usr/share/lintian/overrides/totpkey": _OVERRIDES.encode(),
    }


def _control(about: Definition, contents: Mapping[str, bytes]) -> bytes:
    unknown = set(about.needs) - {*_DEPENDS, *_RECOMMENDS, *_MISSING, *_CARRIED}
    if unknown:
        raise ValueError(f"Debian's name is missing for {', '.join(sorted(unknown))}")
    return _CONTROL.format(
        about=about,
        size=sum(map(len, contents.values())) // 1024,
        depends=", ".join(_DEPENDS.values()),
        recommends=", ".join(_RECOMMENDS.values()),
        words=textwrap.indent(textwrap.fill(_WORDS.replace("\n", " "), 78), " "),
    ).encode()


def _md5sums(contents: Mapping[str, bytes]) -> bytes:
    lines = (
        f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {name}\n"
        for name, content in sorted(contents.items())
    )
    return "".join(lines).encode()


def _zipped(text: str) -> bytes:
    held = io.BytesIO()
    with gzip.GzipFile(fileobj=held, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write(text.encode())
    return held.getvalue()
