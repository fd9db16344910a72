"""Pictures by the page's rules, and Google Authenticator's codes in them, field by field.

A picture's size is known before the browser unpacks it. A harmed code is found in versions of its picture;
tests/pictures has the command's half, and the harms. Several codes make one export.
"""

from __future__ import annotations

import base64
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from readers.tests.entries import AMAZON, b64
from readers.tests.migration import account, field, uri, varint
from readers.tests.pictures.codes import saved
from readers.tests.pictures.distortions import KINDS, TEXTS
from readers.tests.pictures.distortions import code as code_of
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
    usual = {"issuer": "", "label": "me", "algorithm": "SHA1", "digits": 6, "period": 30}
    assert found == usual | {"secret": SECRET.hex(), "type": "totp", "counter": 0, "recipe": ""}
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
    batch = {"identifier": str(identifier), "index": index, "size": size}
    return batch | {"accounts": [name], "skipped": []}


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
    told = [code("c", 0, 2, 7), code("d", 1, 2, 7)]
    assert so_far(one, told) == [["a", "b", "c", "d"], None, [], None, False]


_BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;"
_PIXELS = f"{_BYTES} return given.map((text) => pixelsIn(bytes(text)));"
SIZE = (613, 259)
FILES = {
    "PNG": saved(Image.new("RGB", SIZE), "PNG"),
    "GIF": saved(Image.new("P", SIZE), "GIF"),
    "JPEG": saved(Image.new("RGB", SIZE), "JPEG"),
    "progressive JPEG": saved(Image.new("RGB", SIZE), "JPEG", progressive=True, comment=b"x" * 60_000),
}


def pixels(*files: bytes) -> list[int]:
    read: list[int] = run(("rules/pictures",), _PIXELS, [b64encode(data).decode() for data in files])
    return read


def test_sizes_as_another_library_writes_them_and_headers_that_are_cut_off() -> None:
    assert pixels(*FILES.values()) == [SIZE[0] * SIZE[1]] * len(FILES)
    cut = [data[:length] for data in FILES.values() for length in (0, 1, 3, 10, 20, 25)]
    assert set(pixels(*cut)) <= {0, SIZE[0] * SIZE[1]}


def test_what_is_no_picture_has_no_size() -> None:
    no_jpeg = [before + b"\xff\xc0" + b"\x01" * 20 for before in (b"", b"\xff\xd9")]
    others = [b"hello", b"\xff\xd8" + b"\xff" * 100, b"RIFF1234WEBPxxxx" + bytes(40)]
    assert pixels(*others, *no_jpeg) == [0] * 5


def test_a_small_file_of_a_huge_picture_is_told_from_a_phone_s_photo() -> None:
    """Unpacked the first takes 1.6 GB."""
    huge = saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(huge) < 200_000
    header = bytearray(saved(Image.new("L", (16, 16)), "JPEG"))
    at = header.index(b"\xff\xc0")
    header[at + 5 : at + 9] = (6000).to_bytes(2, "big") + (8000).to_bytes(2, "big")
    assert pixels(huge[:1000], bytes(header)) == [400_000_000, 48_000_000]


#: Of six strengths, so many are read of the first code; zxing-cpp alone reads fewer of each.
READ = {
    "askew": 5,
    **dict.fromkeys(("on dark", "dotted", "mirrored", "faint", "pale", "small", "out of focus"), 6),
}
_FIND = """
  const { decodeQRBatch } = globalThis.libraries;
  const codesIn = async ({ width, height, data }) => {
    const [found] = await decodeQRBatch([{ width, height, data }], { effort: 8, maxSize: { width, height } });
    return [found].flat().filter((one) => typeof one === "string");
  };
  const texts = [];
  for (const { width, height, levels } of given) {
    const grey = Uint8Array.from(atob(levels), (one) => one.charCodeAt(0));
    const data = new Uint8ClampedArray(grey.length * 4).fill(255);
    grey.forEach((level, at) => data.fill(level, at * 4, at * 4 + 3));
    let found = await codesIn({ width, height, data });
    for (const one of renderings({ width, height, data })) {
      if (found.length) break;
      found = await codesIn(one);
    }
    texts.push(found);
  }
  return texts;
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", READ)
def test_a_harmed_code_is_found_by_the_page(kind: str) -> None:
    harmed = [KINDS[kind](code_of(TEXTS[0]), strength).convert("L") for strength in range(1, 7)]
    given = [
        {"width": one.width, "height": one.height, "levels": base64.b64encode(one.tobytes()).decode()}
        for one in harmed
    ]
    found = run(("rules/pictures",), _FIND, given)
    assert all(set(texts) <= {TEXTS[0]} for texts in found)
    assert sum(map(bool, found)) >= READ[kind]
