"""What goes into totpkey.exe does not depend on where it was built."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import windows_exe


def a_wheel(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("some.py", "")
        archive.writestr("some-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: some\nVersion: 1.0\n")
        archive.writestr(
            "some-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("some-1.0.dist-info/RECORD", "some.py,,\n")
    return path


def installed(wheel: Path, site: Path) -> dict[str, bytes]:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True)
    assert list(site.glob("*.dist-info/direct_url.json")), "pip notes it"
    windows_exe._forget_where_from(site)
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_package_from_another_folder_leaves_the_same_files(tmp_path: Path) -> None:
    one = installed(a_wheel(tmp_path / "one"), tmp_path / "site1")
    other = installed(a_wheel(tmp_path / "another"), tmp_path / "site2")
    assert one == other
    assert not [name for name in one if "direct_url" in name]
    assert b"direct_url" not in one["some-1.0.dist-info/RECORD"]
