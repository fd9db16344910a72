"""Setup keys in base32 are read and written as RFC 4648 has it, and what is wrong with one is told."""

from __future__ import annotations

import base64
import random
from typing import Any

from tests.page.scripts import each, run
from totpkey_protocol import limits

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
