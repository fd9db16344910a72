"""Bytes and texts of the page: base64, base32 of setup keys (RFC 4648), UTF-8, comparison, random numbers."""

from __future__ import annotations

import base64
import random
from typing import Any

from tests.page.scripts import each, run
from totpkey_protocol import limits


def of_bytes(body: str, given: object = None) -> Any:
    return run(("rules/bytes",), body, given)


def test_base64_is_another_library_s() -> None:
    each = [random.Random(length).randbytes(length) for length in range(70)]
    body = (
        "return given.map((text) => [toHex(fromBase64(text)), toBase64(fromHex(toHex(fromBase64(text))))]);"
    )
    texts = [base64.b64encode(data).decode() for data in each]
    assert of_bytes(body, texts) == [[data.hex(), text] for data, text in zip(each, texts, strict=True)]
    unpadded = of_bytes(
        "return given.map((text) => toHex(fromBase64(text)));", [text.rstrip("=") for text in texts]
    )
    assert unpadded == [data.hex() for data in each]


def test_what_is_no_base64() -> None:
    wrong = ["Q", "QUJDR", "QQ==QQ", "=QQ", "QU-_", "QU J", "QUJ\n", "QUé="]
    assert of_bytes("return given.map((text) => fromBase64(text));", wrong) == [None] * len(wrong)


def test_text_is_as_its_bytes_say_with_a_mark_at_its_begin() -> None:
    """Otherwise a name that begins with such a mark would change on its way through a backup."""
    texts = ["", "Amazon", "亚马逊 😀", "\ufeffAmazon"]
    body = "return given.map((digits) => fromUtf8(fromHex(digits)));"
    assert of_bytes(body, [text.encode().hex() for text in texts]) == texts
    assert of_bytes(body, ["ff", "c3", "eda080", "c0af"]) == [None] * 4


def test_bytes_are_the_same_only_to_their_end_and_nothing_is_nothing() -> None:
    pairs = [["", ""], ["0102", "0102"], ["0102", "0103"], ["0102", "010203"], ["010203", "0102"], ["", "01"]]
    body = "return given.map(([one, other]) => sameBytes(fromHex(one), fromHex(other)));"
    assert of_bytes(body, pairs) == [bool(one) and one == other for one, other in pairs]


def test_each_number_below_a_limit_is_as_likely() -> None:
    """What is left over beyond the last whole multiple of the limit is drawn again."""
    body = """
        const drawn = [...given.drawn];
        const getRandomValues = (into) => into.fill(drawn.shift());
        Object.defineProperty(globalThis, "crypto", { value: { getRandomValues }, configurable: true });
        return [randomBelow(given.limit), drawn.length];
    """
    last = 2**32 // 1000 * 1000
    for drawn, limit, expected in (
        ([7], 1000, [7, 0]),
        ([last - 1], 1000, [999, 0]),
        ([last, 2**32 - 1, 4321], 1000, [321, 0]),
        ([2**32 - 1], 256, [255, 0]),
    ):
        assert of_bytes(body, {"drawn": drawn, "limit": limit}) == expected


_MODULES = ("rules/setup_key", "rules/bytes")


def read(*texts: str, lenient: tuple[bool, ...] = ()) -> Any:
    decode = "([text, ...lenient]) => toHex(decodeBase32(text, ...lenient))"
    return each(_MODULES, decode, [[text, *lenient] for text in texts])


def base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode()


def test_secrets_of_all_lengths_there_and_back() -> None:
    secrets = [random.Random(length).randbytes(length) for length in range(1, limits.SECRET + 1)]
    assert read(*map(base32, secrets)) == [secret.hex() for secret in secrets]
    body = "return given.map((secret) => toBase32(fromHex(secret)));"
    written = run(_MODULES, body, [secret.hex() for secret in secrets])
    assert written == [base32(secret).rstrip("=") for secret in secrets]


def test_a_secret_that_is_cut_is_read_only_if_its_reader_is_lenient() -> None:
    cut = ["MZX", "MZXW6YTBO", "MZXW6Y"]
    refused = [["secret_cut", {"count": len(text)}] for text in cut]
    assert read(*cut) == read(*cut, lenient=(False,)) == refused
    assert read(*cut, lenient=(True,)) == ["66", b"fooba".hex(), b"foo".hex()]


def test_where_a_wrong_character_is_and_what_a_digit_looks_like() -> None:
    found = read("MZXW 0YTB", "1ZXW6YTB", "MZXW6YT8", "MZX€6YTB", "MZXÄ", "MZXW6YTß")
    assert found == [
        ["secret_lookalike", {"place": 5, "digit": "0", "letter": "O"}],
        ["secret_lookalike", {"place": 1, "digit": "1", "letter": "I, L"}],
        ["secret_lookalike", {"place": 8, "digit": "8", "letter": "B"}],
        ["secret_character", {"place": 4}],
        ["secret_character", {"place": 4}],
        ["secret_character", {"place": 8}],
    ]
