"""No file of an app is taken for another's: every reader sees the samples of every format."""

from __future__ import annotations

import json

import pytest

from readers.tests.reading import entries, read, sample
from readers.tests.samples import SAMPLES
from totpkey_readers.formats import files
from totpkey_readers.records.problem import Problem

#: The reader of a format's samples, where the format's first word is not its name.
READERS = {
    "2fas": "two_fas",
    "andotp": "and_otp",
    "freeotp+": "free_otp",
    "freeotp": "free_otp_backup",
    "freeotp preferences": "preferences",
    "authy": "preferences",
    "totp authenticator preferences": "preferences",
    "totp": "totp_authenticator",
    "stratum encrypted": "Stratum",
    "stratum legacy": "Stratum",
    "stratum html": "Stratum, HTML",
    "stratum database": "databases",
    "google": "databases",
    "microsoft": "databases",
    "keepass xml": "KeePass, XML",
    "otpclient": "otp_client",
    "authy tokens": "authy",
    "safeincloud xml": "SafeInCloud",
    **dict.fromkeys(("uri", "migration", "zbar"), "list of key URIs"),
    **dict.fromkeys(("chronos", "raivo", "lastpass", "cxf", "1password", "proton pass"), "by_content"),
    **dict.fromkeys(("enpass", "passman", "2fauth", "psono", "bitwarden", "cotp"), "by_content"),
    **dict.fromkeys(("bitwarden authenticator", "bitwarden without marks"), "by_content"),
    **dict.fromkeys(("extract_otp_secrets", "authy script", "keeper json"), "by_content"),
}
KEY = "JBSWY3DPEHPK3PXP"
#: Encrypted, these have no mark at all.
UNMARKED = ("andotp encrypted", "andotp old")


def reader_of(name: str) -> str:
    if name.endswith("zip") or name == "1pux":
        return "ZIP"
    if name in READERS:
        return READERS[name]
    if " csv" in name or name == "keepassxc":
        return "tables"
    if name.startswith("bitwarden ") and name.partition(" ")[2] in ("pbkdf2", "argon2id"):
        return "bitwarden"
    first = name.partition(" ")[0]
    return READERS.get(first, first)


@pytest.mark.parametrize("name", SAMPLES)
def test_one_reader_takes_a_file_and_the_right_one(name: str) -> None:
    expected = [] if name in UNMARKED else [reader_of(name)]
    assert [reader for reader, _ in files.recognising(sample(name).data)] == expected


#: What was once taken for andOTP, LastPass or FreeOTP+ is read by what its fields hold, and told as such.
LOOKALIKES = [
    [{"secret": KEY, "name": "x"}],
    [{"secret": KEY, "label": "x", "type": "TOTP"}],
    {"accounts": [{"name": "x", "secret": KEY}]},
    {"items": [{"totp": KEY}]},
]
#: A password and a key are no secrets of codes, and a word is none either.
ANYTHING = [
    *({name: [{"secret": KEY}]} for name in ("tokens", "entries", "services")),
    [{"name": "x", "password": KEY}],
    [{"secret": KEY}],
    {"api": {"name": "x", "client_secret": "abcdefgh-1234-5678"}},
    [{"name": "x", "otp": "yes"}],
]


@pytest.mark.parametrize("document", LOOKALIKES)
def test_what_only_looks_like_an_export_is_no_app_s(document: object) -> None:
    contents = read(json.dumps(document).encode())
    assert "unknown app" in contents.format
    assert contents.warnings[0].code == "guessed"


@pytest.mark.parametrize("document", ANYTHING)
def test_what_may_be_anything_is_not_guessed(document: object) -> None:
    with pytest.raises(Problem, match="unknown_file"):
        read(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("raivo", "timer", "thirty"),
        ("raivo", "timer", []),
        ("raivo", "digits", "six"),
        ("raivo", "algorithm", "MD5"),
        ("raivo", "kind", "STEAMY"),
        ("raivo", "kind", "motp"),
        ("raivo", "kind", None),
        ("raivo", "timer", None),
        ("andotp", "type", "MOTP"),
        ("andotp", "algorithm", "SHA3"),
        ("andotp", "digits", []),
    ],
)
def test_what_stands_there_and_is_not_understood_is_never_a_default(
    name: str, field: str, value: object
) -> None:
    document = json.loads(sample(name).data)
    document[0][field] = value
    contents = read(json.dumps(document).encode())
    assert entries(contents) == sample(name).entries[1:]
    (skipped,) = contents.skipped
    assert skipped.name == "Amazon:shop@example.com"
