"""A simulated key starts with the present content of its drive's folder."""

from __future__ import annotations

import os
from pathlib import Path

from totpkey_virtual.simulator.key import SimulatedKey


def test_a_file_in_place_of_another_of_its_size_and_time_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    folder.mkdir()
    for content in (b"1\n", b"2\n"):
        other = tmp_path / "other"
        other.write_bytes(content)
        os.utime(other, (1, 1))
        other.replace(folder / "note.txt")
        assert SimulatedKey(folder).drive["note.txt"] == content
