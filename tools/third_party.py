"""THIRD-PARTY.txt: the notices of what a release's binaries contain, for those who get them.

Those of packages come from the packages themselves, those of what CircuitPython has inside from inside.toml.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import bill_of_materials
import windows_exe

_LEAD = """\
What the binaries of totpkey contain that is by others, and the notices that go with it.

The images for boards (.uf2) contain CircuitPython (MIT, Adafruit Industries and contributors), in which are:

{circuitpython}
They also contain adafruit-circuitpython-hid (MIT, Copyright 2017 Scott Shawcroft for Adafruit Industries).
The set-up page names what it contains at its own beginning. totpkey.exe contains the packages below, and
Python.
"""
_MIT = bill_of_materials.ROOT / "LICENSES" / "MIT.txt"
_NOTICES = ("license", "licence", "copying", "notice", "authors")


def write(path: Path, parts: windows_exe.Parts) -> None:
    """Write the notices of what a release is built of."""
    inside = bill_of_materials.inside()["inside"]["circuitpython"]
    listed = "".join(
        f"- {name}: {licence}, Copyright {by}, {where}\n" for name, _, by, where, licence in inside
    )
    python = (parts.python / "LICENSE.txt").read_text(encoding="utf-8")
    texts = [_LEAD.format(circuitpython=listed), *_own_texts(), *_of_wheels(parts), _headed("Python", python)]
    path.write_text("\n".join(texts), encoding="utf-8", newline="\n")


def _own_texts() -> Iterator[str]:
    # Without its title, and without our own copyright.
    ours = _MIT.read_text(encoding="utf-8").split("\n\n", 2)[2]
    for name, text in ({"MIT": ours} | bill_of_materials.inside()["texts"]).items():
        yield _headed(name, text)


def _of_wheels(parts: windows_exe.Parts) -> Iterator[str]:
    for wheel in parts.packages:
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                folder, _, rest = name.partition(".dist-info/")
                if "/" not in folder and rest.lower().startswith(_NOTICES) and not name.endswith("/"):
                    yield _headed(f"{folder}: {rest}", archive.read(name).decode("utf-8", "replace"))


def _headed(name: str, text: str) -> str:
    return f"{'=' * 78}\n{name}\n{'=' * 78}\n\n" + "\n".join(text.splitlines()).strip("\n") + "\n"
