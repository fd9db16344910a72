"""Which account a name means, and how names are shown."""

import json
import unicodedata
from collections.abc import Callable

import pytest

from totpkey import errors
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.output import fail, give, give_json, say, table, visible, warn
from totpkey.link.replies import StoredAccount


def stored(account: str, issuer: str, label: str) -> StoredAccount:
    return StoredAccount(account, issuer, label, "SHA1", 6, 30)


ACCOUNTS = (
    stored("0000000a", "Amazon", "me"),
    stored("0000000b", "Amazon", "me-too"),
    stored("0000000c", "", "0000000a"),
    stored("0000000d", "Straße", "twin"),
    stored("0000000e", "Straße", "twin"),
)


@pytest.mark.parametrize(
    ("wanted", "account"),
    [
        ("0000000a", "0000000a"),
        ("Amazon:me", "0000000a"),
        ("ME-", "0000000b"),
        ("0000000A", "0000000c"),
    ],
)
def test_id_then_name_then_part_of_a_name(wanted: str, account: str) -> None:
    assert find_account(ACCOUNTS, wanted).account == account


@pytest.mark.parametrize("wanted", ["Amazon", "me"])
def test_an_account_that_a_program_has_named_like_a_part_of_another_is_not_taken_for_it(wanted: str) -> None:
    """Its code must not be given for the other's."""
    planted = stored("0000000f", "", wanted)
    with pytest.raises(errors.NotOneAccount):
        find_account((ACCOUNTS[0], planted), wanted)


@pytest.mark.parametrize(("wanted", "ids"), [("amazon", "ab"), ("Straße:twin", "de"), ("STRASSE", "de")])
def test_several_are_listed_by_id(wanted: str, ids: str) -> None:
    with pytest.raises(errors.NotOneAccount) as raised:
        find_account(ACCOUNTS, wanted)
    assert all(f"0000000{last}" in raised.value.remedy for last in ids)


def test_none_is_an_error() -> None:
    with pytest.raises(errors.NotOneAccount):
        find_account(ACCOUNTS, "ebay")


def test_a_key_cannot_send_escape_sequences_to_the_terminal() -> None:
    assert visible("a\x1b[2J\u009b1m\u202eb") == "a\ufffd[2J\ufffd1m\ufffdb"


def test_columns_line_up_by_what_a_terminal_shows() -> None:
    assert table([("銀行", "x"), ("e\u0301", "y"), ("abcde", "z")]) == [
        "銀行   x",
        "e\u0301      y",
        "abcde  z",
    ]


#: An escape, one byte that terminals take for "escape [", delete, text turned round, and an invisible tag.
OBEYED = "a\x1b[2J\u009b1m\x7f\u202eb\u2066c\U000e0041"


def test_json_has_them_all_and_shows_none(capsys: pytest.CaptureFixture[str]) -> None:
    give_json({"label": OBEYED, "name": "銀行 é 👍"})
    shown = capsys.readouterr().out
    assert json.loads(shown)["label"] == OBEYED
    assert "銀行 é 👍" in shown
    assert not [each for each in shown if unicodedata.category(each)[0] == "C" and each != "\n"]


@pytest.mark.parametrize("write", [say, give, warn, fail])
def test_no_words_carry_them_to_the_terminal(
    write: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    write(f"the key {OBEYED} says")
    shown = "".join(capsys.readouterr())
    assert "the key a\ufffd[2J\ufffd1m" in shown
    assert not [each for each in shown if unicodedata.category(each)[0] == "C" and each != "\n"]
