"""Vectors that others publish: NIST's and the RFCs', Project Wycheproof's, and those of JSONTestSuite.

NIST's and the RFCs' come with the package `cryptography-vectors`. Wycheproof's look for known mistakes. They
and JSONTestSuite are among the samples that `tools/fetch_samples.py` brings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import cryptography_vectors
import pytest

from readers.tests.real.samples import FOLDER

_WYCHEPROOF = FOLDER / "wycheproof" / "testvectors_v1"
_JSON = FOLDER / "json" / "test_parsing"


def published(name: str, between: str = r"\n\s*\n") -> Iterator[dict[str, str]]:
    """The vectors in one of the package's files, as lines of `NAME = VALUE`; `between` separates them."""
    with cryptography_vectors.open_vector_file(name, "r") as file:
        text = file.read()
    for block in re.split(between, text):
        fields = dict(re.findall(r"^(\w+)[ \t]*=[ \t]*(.*)$", block, re.MULTILINE))
        if len(fields) > 1:
            yield {name.lower(): value.strip().strip('"') for name, value in fields.items()}


def hexadecimal(vector: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(vector.get(name, ""))


def wycheproof(name: str) -> list[dict[str, Any]]:
    """All tests in one of Wycheproof's files. Skips the test where they are not here."""
    path = _WYCHEPROOF / f"{name}_test.json"
    if not path.exists():
        pytest.skip("Wycheproof's vectors are not here; `tools/fetch_samples.py` brings them")
    groups = json.loads(path.read_text(encoding="utf-8"))["testGroups"]
    return [group | test for group in groups for test in group["tests"]]


def json_suite(verdict: str) -> list[tuple[str, bytes]]:
    """The files of JSONTestSuite with that verdict, by name: "y" is JSON, "n" is not, "i" is either.

    Skips the test where they are not here.
    """
    if not _JSON.exists():
        pytest.skip("JSONTestSuite is not here; `tools/fetch_samples.py` brings it")
    return [(path.name, path.read_bytes()) for path in sorted(_JSON.glob(f"{verdict}_*.json"))]


#: Counter and code of six digits, for the secret 12345678901234567890 (RFC 4226, appendix D).
HOTP = [(int(vector["counter"]), vector["hotp"]) for vector in published("twofactor/rfc-4226.txt")]
#: Unix time, algorithm, secret and code of eight digits (RFC 6238, appendix B).
TOTP = [
    (int(vector["time"]), vector["mode"], vector["secret"].encode(), vector["totp"])
    for vector in published("twofactor/rfc-6238.txt")
]
