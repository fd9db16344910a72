"""Where `totpkey import` gets accounts from, and how it treats data beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from readers.tests import migration, samples
from readers.tests.entries import AMAZON, PLAIN, STEAM, Entry
from readers.tests.pictures.codes import code, page, saved
from tests.importers.commands.importing import imported, names, planned, written
from tests.support.terminal import CommandDesk
from totpkey.cli import exits

#: A code of something else, as it stands on many a page.
LINK = "https://example.com/app"


@pytest.mark.parametrize("text", [LINK, "WIFI:S:guests;T:WPA;P:welcome;;", "# a heading"])
def test_another_code_above_the_export_s_does_not_count(desk: CommandDesk, tmp_path: Path, text: str) -> None:
    both = page((code(text), (40, 40)), (code(migration.uri(PLAIN)), (700, 300)))
    result = imported(desk, written(tmp_path, saved(both, "PNG")))
    assert result.code == exits.OK, result.err
    assert names(desk) == ["Amazon:shop@example.com", "GitHub:me"]


@pytest.mark.parametrize("uri", [AMAZON.uri, STEAM.uri, AMAZON.uri.replace("otpauth", "OTPAUTH")])
def test_key_uris_of_all_kinds_count(desk: CommandDesk, tmp_path: Path, uri: str) -> None:
    both = page((code(LINK), (40, 40)), (code(uri), (700, 300)))
    told = planned(desk, written(tmp_path, saved(both, "PNG")))
    assert (len(told["add"]), told["skip"]) == (1, [])


def test_a_picture_with_other_codes_alone_is_told_as_that(desk: CommandDesk, tmp_path: Path) -> None:
    secret = "a password that someone made a code of"
    file = written(tmp_path, saved(page((code(LINK), (40, 40)), (code(secret), (700, 300))), "PNG"))
    result = desk.run("import", file)
    assert result.code == exits.USAGE
    assert f"The QR codes in {file} are not accounts." in result.err
    assert "Take a picture of the code that the app shows" in result.err
    assert secret not in result.err


@pytest.mark.parametrize("options", [(), ("--stdin",)])
def test_without_a_terminal_the_way_of_this_command_is_named(
    desk: CommandDesk, options: tuple[str, ...]
) -> None:
    """Its --stdin is for the export's password."""
    result = desk.run("import", *options, stdin=AMAZON.uri)
    assert result.code == exits.USAGE
    assert "`totpkey import -`" in result.err
    assert "with --stdin" not in result.err
    assert AMAZON.base32[:16] not in result.err


def test_other_commands_name_their_own_way(desk: CommandDesk) -> None:
    assert "pipe it in with --stdin" in desk.run("add", "Shop:me", stdin=AMAZON.base32).err


def test_half_a_character_in_a_name_does_not_end_a_dry_run(desk: CommandDesk, tmp_path: Path) -> None:
    document = json.loads(samples.aegis((*PLAIN, Entry("Shop", "me", b"E" * 20, digits=99))).data)
    document["db"]["entries"][-1]["name"] = "me \ud83d"
    told = planned(desk, written(tmp_path, json.dumps(document).encode()))
    assert len(told["add"]) == 2
    assert [entry["name"] for entry in told["skip"]] == ["Shop:me \ufffd"]
