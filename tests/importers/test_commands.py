"""`totpkey import` and `totpkey add --qr`, through the real command line, on a simulated key.

What it finally says of the export is whether that is superfluous, and how certain this is.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from readers.tests import bitwarden, migration, samples
from readers.tests.entries import AMAZON, PASSWORD, PLAIN, STEAM, WORK, Entry
from readers.tests.pictures.codes import URI, code, page, saved
from tests.support.terminal import CommandDesk, Result, desk, make_desk, world
from totpkey.accounts.account import Account
from totpkey.cli import exits
from totpkey.cli.root import run
from totpkey.link.client import KeyClient
from totpkey.link.replies import Added
from totpkey_readers.records.account import joined_name

__all__ = ["desk", "make_desk", "world"]


def names(desk: CommandDesk) -> list[str]:
    return [joined_name(entry["issuer"], entry["label"]) for entry in desk.told("list")]


def written(folder: Path, data: bytes, name: str = "export") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def imported(desk: CommandDesk, *arguments: str, stdin: str = "") -> Result:
    return desk.run("import", "--force", *arguments, stdin=stdin, when_asked=desk.agree)


def planned(desk: CommandDesk, *arguments: str) -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = desk.told("import", "--dry-run", *arguments)
    return told


def test_an_export_comes_in_by_one_press(desk: CommandDesk, tmp_path: Path) -> None:
    result = imported(desk, written(tmp_path, samples.aegis().data)).ended(exits.PARTIAL)
    assert names(desk) == ["Amazon:shop@example.com", "公司:小王", "Bank:me", "Old VPN:me"]
    assert result.err.count("The key: press") == 1
    assert "Saved: 4 accounts" in result.err
    # A key types letters only by the table of a layout, and none is set.
    assert "could not type the codes of Steam:gamer" in result.err


def test_an_encrypted_export(desk: CommandDesk, tmp_path: Path) -> None:
    file = written(tmp_path, bitwarden.by_pbkdf2(PLAIN).data)
    desk.run("import", file, "--stdin", stdin="guess").ended(exits.LOCKED)
    assert imported(desk, file, "--stdin", stdin=f"{PASSWORD}\n").code == exits.OK
    assert names(desk) == ["Amazon:shop@example.com", "GitHub:me"]


def test_a_dry_run_changes_nothing_and_tells_all(desk: CommandDesk, tmp_path: Path) -> None:
    told = planned(desk, written(tmp_path, samples.aegis().data))
    assert [entry["label"] for entry in told["add"]] == ["shop@example.com", "小王", "me", "me", "gamer"]
    assert told["skip"] == []
    assert names(desk) == []


def test_a_dry_run_needs_no_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, samples.aegis(PLAIN).data)
    assert run(["--port", str(tmp_path / "none"), "import", "-n", file]) == exits.OK
    shown = capsys.readouterr()
    assert "Amazon:shop@example.com" in shown.out
    assert "Not compared" in shown.err


def test_what_is_there_already_is_skipped_and_names_that_are_taken_change(
    desk: CommandDesk, tmp_path: Path
) -> None:
    twice = (
        AMAZON,
        Entry("Amazon", AMAZON.label, b"Z" * 20),
        AMAZON,
        Entry("Amazon", AMAZON.label, b"Z" * 20, digits=8),
    )
    file = written(tmp_path, samples.aegis(twice).data)
    assert imported(desk, file).code == exits.OK
    expected = ["Amazon:shop@example.com", "Amazon:shop@example.com (2)", "Amazon:shop@example.com (3)"]
    assert names(desk) == expected
    again = desk.run("import", file).ended(exits.OK)
    assert again.err.count("Already on this key, skipped") == 3
    assert "export has it twice" in again.err
    assert names(desk) == expected


@pytest.mark.slow
def test_an_import_that_was_cut_goes_on_where_it_stopped(
    desk: CommandDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(Entry("Shop", f"user {n}", n.to_bytes(20, "big")) for n in range(60))
    file = written(tmp_path, samples.aegis(many).data)
    added = KeyClient.add
    calls: list[str] = []

    def add_and_pull_the_plug(client: KeyClient, account: Account) -> Added:
        calls.append(account.label)
        if len(calls) == 40:
            desk.replug()
        return added(client, account)

    with monkeypatch.context() as patch:
        patch.setattr(KeyClient, "add", add_and_pull_the_plug)
        cut = imported(desk, file)
    assert cut.code == exits.PARTIAL
    assert "same command again" in cut.err
    desk.hold_for_setup()
    kept = names(desk)
    # What was kept back for the next write is not there, and nothing else is missing.
    assert 39 - 16 <= len(kept) <= 39
    assert kept == [f"Shop:user {n}" for n in range(len(kept))]
    assert imported(desk, file).code == exits.OK
    assert names(desk) == [f"Shop:user {n}" for n in range(60)]


def test_without_a_yes_nothing_is_added(desk: CommandDesk, tmp_path: Path) -> None:
    result = desk.run("import", written(tmp_path, samples.aegis(PLAIN).data), stdin="n\n")
    assert result.code == exits.ERROR
    assert "Nothing was added" in result.err
    assert names(desk) == []


def test_standard_input(desk: CommandDesk) -> None:
    class Piped(io.StringIO):
        buffer = io.BytesIO(samples.uri_list(PLAIN).data)

    desk.run("import", "--force", "-", stdin=Piped(), when_asked=desk.agree).ended(exits.OK)


@pytest.mark.parametrize("argument", [migration.uri(PLAIN), AMAZON.uri, AMAZON.base32])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(desk: CommandDesk, argument: str) -> None:
    result = desk.run("import", argument).ended(exits.USAGE, "history")
    assert AMAZON.base32[:20] not in result.err + result.out


@pytest.mark.parametrize(
    ("data", "words"),
    [
        # A Chinese Windows' own code page.
        (f"{AMAZON.uri}&x=公司\n".encode("gbk"), "Amazon:shop@example.com"),
        (AMAZON.uri.encode() + b"\0\n", "not in UTF-8"),
        # Cut within a character, and before the secret.
        ("otpauth://totp/小王".encode()[:-1], "no setup key"),
    ],
)
def test_a_list_of_uris_that_is_not_whole_or_in_another_encoding(
    desk: CommandDesk, tmp_path: Path, data: bytes, words: str
) -> None:
    result = desk.run("import", "-n", written(tmp_path, data))
    assert words in result.err + result.out
    assert "Traceback" not in result.err
    assert AMAZON.base32 not in result.err
    if words == "not in UTF-8":
        assert result.code == exits.USAGE
        assert "Save it as UTF-8" in result.err


def test_a_list_of_uris_that_is_cut_within_a_character_keeps_what_is_before(
    desk: CommandDesk, tmp_path: Path
) -> None:
    data = f"{AMAZON.uri}\n{WORK.uri}&x=王".encode()[:-1]
    assert len(planned(desk, written(tmp_path, data))["add"]) == 2


def test_a_file_that_is_not_there(desk: CommandDesk) -> None:
    assert desk.run("import", "/nonexistent").code == exits.USAGE


def test_pictures_of_google_authenticator_s_batches(desk: CommandDesk, tmp_path: Path) -> None:
    first, second = (migration.uri(PLAIN[n : n + 1], n, 2, 9) for n in range(2))
    one, two = (
        written(tmp_path, saved(code(uri), "PNG"), f"{n}.png") for n, uri in enumerate((first, second))
    )
    alone = planned(desk, two)
    assert "number 1" in str(alone["warnings"])
    imported(desk, two, one).ended(exits.OK)
    assert names(desk) == ["Amazon:shop@example.com", "GitHub:me"]


# add --qr and its like


def test_a_qr_code_in_a_picture(desk: CommandDesk, tmp_path: Path) -> None:
    file = written(tmp_path, saved(page((code(), (900, 300))), "PNG"))
    assert desk.run("add", "--qr", file).code == exits.OK
    assert names(desk) == ["Amazon:shop@example.com"]


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (lambda: saved(page(), "PNG"), "No readable QR code"),
        (lambda: saved(code("https://example.com"), "PNG"), "neither"),
        (lambda: saved(code(migration.uri(PLAIN)), "PNG"), "totpkey import"),
        (lambda: b"\x89PNG\r\n", "damaged"),
    ],
)
def test_pictures_without_an_account(
    desk: CommandDesk, tmp_path: Path, picture: Callable[[], bytes], words: str
) -> None:
    desk.run("add", "--qr", written(tmp_path, picture())).ended(exits.USAGE, words)


def test_one_place_at_a_time(desk: CommandDesk) -> None:
    assert desk.run("add", "--screen", "--clipboard").code == exits.USAGE


def test_the_camera_is_an_extra(desk: CommandDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    result = desk.run("add", "--camera")
    assert result.code == exits.ERROR
    assert f"`{sys.executable} -m pip install opencv-python-headless`" in result.err


def test_uris_and_names(desk: CommandDesk, tmp_path: Path) -> None:
    file = written(tmp_path, saved(code(URI), "PNG"))
    assert desk.run("add", "--qr", file, "Shop:one").code == exits.OK
    assert names(desk) == ["Shop:one"]


ONE, TWO = PLAIN[:1], PLAIN[1:]


def listed(folder: Path, *uris: str) -> str:
    return written(folder, "\n".join(uris).encode())


def test_two_exports_without_an_identifier_both_come_in(desk: CommandDesk, tmp_path: Path) -> None:
    first, second = (
        written(tmp_path, saved(code(migration.uri(entries)), "PNG"), f"{n}.png")
        for n, entries in enumerate((ONE, TWO))
    )
    imported(desk, first, second).ended(exits.OK)
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
    result = imported(desk, listed(tmp_path, *uris)).ended(exits.PARTIAL, "Import each export by itself")
    assert len(names(desk)) == 3
    assert AMAZON.base32[:16] not in result.err


#: Of the name of one that the key has, with another secret.
CHANGED = Entry("Amazon", AMAZON.label, b"Z" * 20)
UNSURE = "not by secret: 1 of the export's accounts"
DELETE = "Delete the export"


def test_one_of_the_same_name_is_not_called_the_same_as_if_that_were_known(
    desk: CommandDesk, tmp_path: Path
) -> None:
    assert imported(desk, written(tmp_path, samples.aegis(PLAIN[:1]).data)).code == exits.OK
    result = imported(desk, written(tmp_path, samples.aegis((CHANGED, PLAIN[1])).data)).ended(exits.OK)
    assert "has it already" not in result.err
    assert "Already on this key, skipped" in result.err
    assert UNSURE in result.err
    # Before the export is called superfluous, not after it.
    assert result.err.index(UNSURE) < result.err.index(DELETE)
    assert names(desk) == ["Amazon:shop@example.com", "GitHub:me"]


def test_where_all_is_new_there_is_nothing_to_compare(desk: CommandDesk, tmp_path: Path) -> None:
    result = imported(desk, written(tmp_path, samples.aegis((*PLAIN, AMAZON)).data)).ended(
        exits.OK, "export has it twice", DELETE
    )
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
    result = imported(desk, written(tmp_path, data)).ended(
        exits.PARTIAL, "Saved: 2 accounts", "Keep the export for now"
    )
    assert DELETE not in result.err


#: A code of something else, as it stands on many a page.
LINK = "https://example.com/app"


@pytest.mark.parametrize("text", [LINK, "WIFI:S:guests;T:WPA;P:welcome;;", "# a heading"])
def test_another_code_above_the_export_s_does_not_count(desk: CommandDesk, tmp_path: Path, text: str) -> None:
    both = page((code(text), (40, 40)), (code(migration.uri(PLAIN)), (700, 300)))
    imported(desk, written(tmp_path, saved(both, "PNG"))).ended(exits.OK)
    assert names(desk) == ["Amazon:shop@example.com", "GitHub:me"]


@pytest.mark.parametrize("uri", [AMAZON.uri, STEAM.uri, AMAZON.uri.replace("otpauth", "OTPAUTH")])
def test_key_uris_of_all_kinds_count(desk: CommandDesk, tmp_path: Path, uri: str) -> None:
    both = page((code(LINK), (40, 40)), (code(uri), (700, 300)))
    told = planned(desk, written(tmp_path, saved(both, "PNG")))
    assert (len(told["add"]), told["skip"]) == (1, [])


def test_a_picture_with_other_codes_alone_is_told_as_that(desk: CommandDesk, tmp_path: Path) -> None:
    secret = "a password that someone made a code of"
    file = written(tmp_path, saved(page((code(LINK), (40, 40)), (code(secret), (700, 300))), "PNG"))
    result = desk.run("import", file).ended(
        exits.USAGE,
        f"The QR codes in {file} are not accounts.",
        "Take a picture of the code that the app shows",
    )
    assert secret not in result.err


@pytest.mark.parametrize("options", [(), ("--stdin",)])
def test_without_a_terminal_the_way_of_this_command_is_named(
    desk: CommandDesk, options: tuple[str, ...]
) -> None:
    """Its --stdin is for the export's password."""
    result = desk.run("import", *options, stdin=AMAZON.uri).ended(exits.USAGE, "`totpkey import -`")
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
