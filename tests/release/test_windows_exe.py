"""What goes into totpkey.exe is listed: modules of wheels, and of their notes what programs read.

`test_release.py` compares whole programs, where Wine is at hand.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import windows_exe
from other_systems import CannotSetUp

HELD = {
    "some.py": "",
    "some/data.txt": "",
    "some-1.0.dist-info/METADATA": "Name: some",
    "some-1.0.dist-info/WHEEL": "Wheel-Version: 1.0",
    "some-1.0.dist-info/entry_points.txt": "",
}
LEFT_OUT = {"some-1.0.dist-info/RECORD": "some.py,,", "some-1.0.dist-info/direct_url.json": "{}"}


def a_wheel(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_what_depends_on_the_builder_is_left_out(tmp_path: Path) -> None:
    windows_exe.unpack([a_wheel(tmp_path, HELD | LEFT_OUT)], tmp_path / "site")
    site = tmp_path / "site"
    assert {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()} == set(HELD)


def test_a_part_that_nobody_has_thought_of_is_an_error(tmp_path: Path) -> None:
    wheel = a_wheel(tmp_path, HELD | {"some-1.0.data/scripts/some": "#!python"})
    with pytest.raises(CannotSetUp, match="which nothing here knows where to put"):
        windows_exe.unpack([wheel], tmp_path / "site")
