"""What `totpkey import` finally says about the export: whether it is superfluous, and how certain that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from readers.tests import migration, samples
from readers.tests.entries import AMAZON, PLAIN, Entry
from tests.importers.commands.importing import imported, names, written
from tests.support.terminal import CommandDesk
from totpkey.cli import exits

#: Of the name of one that the key has, with another secret.
CHANGED = Entry("Amazon", AMAZON.label, b"Z" * 20)
UNSURE = "not by secret: 1 of the export's accounts"
DELETE = "Delete the export"


def test_one_of_the_same_name_is_not_called_the_same_as_if_that_were_known(
    desk: CommandDesk, tmp_path: Path
) -> None:
    assert imported(desk, written(tmp_path, samples.aegis(PLAIN[:1]).data)).code == exits.OK
    result = imported(desk, written(tmp_path, samples.aegis((CHANGED, PLAIN[1])).data))
    assert result.code == exits.OK
    assert "has it already" not in result.err
    assert "Already on this key, skipped" in result.err
    assert UNSURE in result.err
    # Before the export is called superfluous, not after it.
    assert result.err.index(UNSURE) < result.err.index(DELETE)
    assert names(desk) == ["Amazon:shop@example.com", "GitHub:me"]


def test_where_all_is_new_there_is_nothing_to_compare(desk: CommandDesk, tmp_path: Path) -> None:
    result = imported(desk, written(tmp_path, samples.aegis((*PLAIN, AMAZON)).data))
    assert result.code == exits.OK
    assert "export has it twice" in result.err
    assert DELETE in result.err
    assert "not by secret" not in result.err


@pytest.mark.parametrize(
    "data",
    [
        samples.aegis((*PLAIN, Entry("x", "y", b"W" * 20, digits=99))).data,
        migration.uri(PLAIN, 0, 2).encode(),
    ],
    ids=["an entry that no key takes", "a code that is missing"],
)
def test_an_export_that_did_not_come_in_whole_is_to_be_kept(
    desk: CommandDesk, tmp_path: Path, data: bytes
) -> None:
    result = imported(desk, written(tmp_path, data))
    assert result.code == exits.PARTIAL
    assert "Saved: 2 accounts" in result.err
    assert "Keep the export for now" in result.err
    assert DELETE not in result.err
