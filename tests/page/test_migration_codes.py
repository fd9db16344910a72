"""Google Authenticator's codes, field by field, and the exports that several codes make."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from readers.tests.entries import AMAZON, b64
from readers.tests.migration import account, field, uri, varint
from tests.page.scripts import each, run
from totpkey.importers.plan import fitting
from totpkey_readers.formats import migration

_MODULES = ("rules/migration", "rules/bytes")
_READ = """
    (uri) => {
      const { accounts, skipped, ...batch } = readMigration(uri);
      const plain = accounts.map((account) => ({ ...account, secret: toHex(account.secret) }));
      return { ...batch, accounts: plain, skipped: skipped.map(({ name, problem }) => [name, problem.name]) };
    }
"""
SECRET = b"0123456789\xfb\xff\xfe"


def read(*messages: bytes | str) -> Any:
    """What the page makes of codes with those messages or base64."""
    texts = [each if isinstance(each, str) else quote(b64(each), safe="") for each in messages]
    return uris_read(*(f"otpauth-migration://offline?data={text}" for text in texts))


def uris_read(*uris: str) -> list[Any]:
    found = each(_MODULES, _READ, uris)
    return [batch if isinstance(batch, dict) else batch[0] for batch in found]


def one(*fields: bytes) -> Any:
    """The account of a code with one that has those fields; or, in a list, its name and what is wrong."""
    (batch,) = read(field(1, b"".join(fields)))
    (found,) = batch["accounts"] or batch["skipped"]
    return found


def test_what_is_a_migration_code() -> None:
    texts = {
        "otpauth-migration://offline?data=": True,
        " \n\tOTPAUTH-MIGRATION:": True,
        "see otpauth-migration://offline": False,
        "otpauth://totp/me": False,
        "": False,
    }
    assert run(_MODULES, "return given.map(isMigration);", list(texts)) == list(texts.values())


def test_fields_that_are_left_out_have_the_usual_values() -> None:
    found = one(field(1, SECRET), field(2, b"me"))
    usual = {
        "issuer": "",
        "label": "me",
        "secret": SECRET.hex(),
        "algorithm": "SHA1",
        "digits": 6,
        "period": 30,
    }
    assert found == usual | {"type": "totp", "counter": 0, "recipe": ""}
    assert one(field(1, SECRET), field(3, b"Amazon"))["label"] == "Amazon"


@pytest.mark.parametrize(
    ("number", "name", "meanings"),
    [
        (4, "algorithm", ["SHA1", "SHA1", "SHA256", "SHA512", None]),
        (5, "digits", [6, 6, 8, None]),
        (6, "type", ["totp", "hotp", "totp", None]),
    ],
)
def test_what_numbers_mean(number: int, name: str, meanings: list[Any]) -> None:
    for value, meaning in enumerate(meanings):
        found = one(field(1, SECRET), field(2, b"me"), field(number, value))
        if meaning is None:
            assert found == ["me", "migration_kind"]
        else:
            assert found[name] == meaning


def test_a_counter_counts_for_codes_by_counter_alone() -> None:
    fields = field(1, SECRET), field(2, b"me"), field(7, 300)
    assert one(*fields)["counter"] == 0
    assert one(*fields, field(6, 1))["counter"] == 300


@pytest.mark.parametrize(
    ("issuer", "name", "expected"),
    [
        ("Amazon", "Amazon: me", ("Amazon", "me")),
        ("", "Amazon: me", ("Amazon", "me")),
        ("Other", "Amazon:me", ("Other", "Amazon:me")),
        ("Amazon", "me", ("Amazon", "me")),
        ("Amazon", "AMAZON : me", ("Amazon", "me")),
        ("Amazon", "amazon:\u200b me", ("Amazon", "me")),
        ("Amazon", "amazon:", ("Amazon", "amazon:")),
        (" Amazon ", "amazon: me", ("Amazon", "me")),
        ("Amazon", " ", ("", "Amazon")),
        ("Amazon", "Amazon:", ("", "Amazon")),
        ("", "me", ("", "me")),
        ("", ":me", ("", "me")),
        ("", " : me: you", ("", "me: you")),
        ("", ":", ("", ":")),
    ],
)
def test_an_issuer_that_is_said_twice(issuer: str, name: str, expected: tuple[str, str]) -> None:
    code = field(1, field(1, SECRET) + field(2, name.encode()) + field(3, issuer.encode()))
    (found,) = read(code)[0]["accounts"]
    assert (found["issuer"], found["label"]) == expected
    link = f"otpauth-migration://offline?data={quote(b64(code), safe='')}"
    theirs = fitting(migration.read([link])).found[0].account
    assert (theirs.issuer, theirs.label) == expected


def test_an_entry_that_cannot_be_read_is_named_as_far_as_it_can_be() -> None:
    assert one(field(2, b"me")) == ["me", "uri_no_secret"]
    assert one(field(1, 5), field(2, b"me")) == ["me", "uri_no_secret"]
    assert one(field(3, b"Amazon")) == ["", "uri_no_secret"]
    assert one(field(2, 5)) == ["", "uri_no_secret"]
    assert one(field(2, b"x" * 90)) == ["x" * 80, "uri_no_secret"]
    assert one(field(1, SECRET), field(2, b"\xff")) == ["", "migration_damaged"]
    assert one(field(1, SECRET), field(2, b"me"), field(3, b"\xff")) == ["me", "migration_damaged"]
    assert one(field(1, SECRET)) == ["", "no_name"]
    assert one(field(1, b""), field(2, b"me")) == ["me", "secret_length"]


def test_a_code_s_number_among_all() -> None:
    def batch(*fields: bytes) -> Any:
        (found,) = read(field(2, 1) + b"".join(fields))
        return found if isinstance(found, str) else (found["index"], found["size"], found["identifier"])

    assert batch() == batch(field(3, 0)) == (0, 1, "0")
    assert batch(field(3, 3), field(4, 2), field(5, 128)) == (2, 3, "128")
    assert batch(field(5, -5)) == (0, 1, str(2**64 - 5))
    assert batch(field(3, 1000), field(4, 999)) == (999, 1000, "0")
    assert (
        batch(field(3, 1001)) == batch(field(3, 3), field(4, 3)) == batch(field(4, 1)) == "migration_damaged"
    )
    # Numbers are numbers, and accounts are messages.
    odd = field(3, b"\x05") + field(1, 7) + field(9, b"?")
    assert read(odd) == [{"identifier": "0", "index": 0, "size": 1, "accounts": [], "skipped": []}]


def test_fields_of_all_kinds_are_passed_over_and_others_are_damage() -> None:
    fixed = varint(9 << 3 | 1) + bytes(8) + varint(9 << 3 | 5) + bytes(4)
    (found,) = read(fixed + field(1, account(AMAZON)) + fixed)
    assert [each["label"] for each in found["accounts"]] == [AMAZON.label]
    assert read(varint(9 << 3 | 1) + bytes(7), varint(9 << 3 | 5) + bytes(3)) == ["migration_cut"] * 2
    assert read(*(varint(9 << 3 | kind) + b"\x01\x01" for kind in (3, 4, 6, 7))) == ["migration_damaged"] * 4


def test_numbers_that_are_cut_or_too_long() -> None:
    cut = [b"\x28", b"\x28\x80", b"\x28" + b"\x80" * 9, b"\x80", b"\x0a", b"\x0a\x02a"]
    assert read(*cut) == ["migration_cut"] * len(cut)
    assert read(b"\x28" + b"\xff" * 10 + b"\x01", b"\x28" + b"\xff" * 11) == ["migration_damaged"] * 2


def test_base64_as_it_arrives() -> None:
    text = b64(field(1, field(1, SECRET * 3) + field(2, b"me~?\xc3\xbf")))
    assert "+" in text
    assert "/" in text
    (usual,) = read(quote(text, safe=""))
    assert usual["accounts"][0]["secret"] == (SECRET * 3).hex()
    others = [
        text,
        text.replace("+", " "),
        text.rstrip("="),
        text.replace("+", "-").replace("/", "_"),
        f"%20{quote(text)}%0A",
        f"{text}&source=app",
    ]
    assert read(*others) == [usual] * len(others)
    assert read("", "%", "QUJD%ZZ", "!!!", "Q") == ["migration_damaged"] * 5
    without = uris_read("otpauth-migration://offline", uri((AMAZON,)).replace("data", "other"))
    assert without == ["migration_damaged"] * 2


_SO_FAR = """
    return given.map(([before, fresh]) => {
      const { found, begun, have, mixed, others } = exportsSoFar(before, fresh);
      const names = (batches) => batches.map(({ accounts }) => accounts[0]);
      return [names(found), begun && begun.accounts[0], have, mixed && mixed.accounts[0], others];
    });
"""


def code(name: str, index: int = 0, size: int = 1, identifier: int = 0) -> dict[str, Any]:
    return {
        "identifier": str(identifier),
        "index": index,
        "size": size,
        "accounts": [name],
        "skipped": [],
    }


def so_far(before: list[dict[str, Any]], fresh: list[dict[str, Any]]) -> Any:
    return run(_MODULES, _SO_FAR, [[before, fresh]])[0]


def test_an_export_in_one_code_or_several_at_once() -> None:
    assert so_far([], []) == [[], None, [], None, False]
    assert so_far([], [code("a")]) == [["a"], None, [], None, False]
    # Two exports of one code each, without identifiers: nothing is mixed.
    assert so_far([code("a")], [code("b")]) == [["a", "b"], None, [], None, False]
    three = [code("c", 2, 3), code("a", 0, 3), code("b", 1, 3)]
    assert so_far([], three) == so_far(three, []) == [["a", "b", "c"], None, [], None, False]
    assert so_far(three, three) == [["a", "b", "c"], None, [], None, False]


def test_complete_exports_count_beside_the_one_that_is_begun() -> None:
    whole = [code("a", 0, 2, 5), code("b", 1, 2, 5)]
    begun, other = code("x", 1, 3, 4), code("y", 0, 3, 9)
    assert so_far([*whole, other], [begun]) == [["x", "a", "b"], "x", [2], None, True]
    assert so_far([begun], [other]) == [["y"], "y", [1], None, True]
    assert so_far([begun], whole) == [["x", "a", "b"], "x", [2], None, False]


def test_codes_of_several_exports_that_look_like_one() -> None:
    """Without identifiers, two exports of two codes each cannot be told apart."""
    one, two = [code("a", 0, 2), code("b", 1, 2)], [code("c", 0, 2), code("d", 1, 2)]
    found, begun, have, mixed, others = so_far(one, two[:1])
    assert (found, begun, have, others) == (["a", "c", "b"], None, [], False)
    assert mixed == "a"
    assert so_far([], [one[0], two[0]])[1:] == ["a", [1], "a", False]
    # An identifier tells them.
    assert so_far(one, [code("c", 0, 2, 7), code("d", 1, 2, 7)]) == [
        ["a", "b", "c", "d"],
        None,
        [],
        None,
        False,
    ]
