"""`totpkey import` of several Google exports at once, whose codes hardly show which belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests import migration
from readers.tests.entries import AMAZON, PLAIN, WORK
from readers.tests.pictures.codes import code, saved
from tests.importers.commands.importing import imported, names, planned, written
from tests.support.terminal import CommandDesk
from totpkey.cli import exits

ONE, TWO = PLAIN[:1], PLAIN[1:]


def listed(folder: Path, *uris: str) -> str:
    return written(folder, "\n".join(uris).encode())


def test_two_exports_without_an_identifier_both_come_in(desk: CommandDesk, tmp_path: Path) -> None:
    first, second = (
        written(tmp_path, saved(code(migration.uri(entries)), "PNG"), f"{n}.png")
        for n, entries in enumerate((ONE, TWO))
    )
    result = imported(desk, first, second)
    assert result.code == exits.OK, result.err
    assert names(desk) == ["Amazon:shop@example.com", "GitHub:me"]


def test_exports_of_different_sizes_are_counted_apart(desk: CommandDesk, tmp_path: Path) -> None:
    told = planned(desk, listed(tmp_path, migration.uri(ONE, 1, 2), migration.uri(TWO, 0, 3)))
    assert len(told["add"]) == 2
    assert ["2 QR codes" in told["warnings"][0], "3 QR codes" in told["warnings"][1]] == [True, True]
    assert "number 1. " in told["warnings"][0]
    assert "number 2, 3. " in told["warnings"][1]


@pytest.mark.parametrize("size", [2, 3])
def test_mixed_exports_are_told_and_nothing_is_lost(desk: CommandDesk, tmp_path: Path, size: int) -> None:
    """The second export's last code is not there, which no count can tell."""
    uris = migration.uri(ONE, 0, size), migration.uri(TWO, 1, size), migration.uri((WORK,), 0, size)
    result = imported(desk, listed(tmp_path, *uris))
    assert result.code == exits.PARTIAL
    assert "Import each export by itself" in result.err
    assert len(names(desk)) == 3
    assert AMAZON.base32[:16] not in result.err
