"""The importers keep the name of an account, wherever an app stores it."""

from __future__ import annotations

import json

import pytest

from tests.importers import samples
from tests.importers.entries import AMAZON
from tests.importers.reading import worded
from totpkey.importers.reading import Contents


def read(data: bytes) -> Contents:
    return worded(data, lambda app: "")


@pytest.mark.parametrize(
    ("name", "issuer", "label", "read_as"),
    [
        ("Amazon", "Amazon", "me@x", "Amazon:me@x"),
        ("amazon", "Amazon", "", "Amazon"),
        ("Amazon", "", "amazon@x", "Amazon:amazon@x"),
        ("Amazon Germany", "Amazon", "me@x", "Amazon Germany:me@x"),
        ("Work", "Google", "me@x", "Google (Work):me@x"),
        ("Work", "Google", "", "Google:Work"),
        ("Work", "Google", "work@x", "Google:work@x"),
        ("Work", "", "", "Work"),
        ("", "Google", "me@x", "Google:me@x"),
    ],
)
def test_the_name_that_2fas_shows_is_kept(name: str, issuer: str, label: str, read_as: str) -> None:
    otp = {"issuer": issuer, "account": label}
    document = {"services": [{"name": name, "secret": AMAZON.base32, "otp": otp}], "schemaVersion": 4}
    (found,) = read(json.dumps(document).encode()).found
    assert found.account.name == read_as


def test_a_steam_token_of_freeotp_with_other_digits_is_none_of_steam_s() -> None:
    document = json.loads(samples.free_otp((AMAZON,)).data)
    document["tokens"][0]["issuerExt"] = "Steam"
    (found,) = read(json.dumps(document).encode()).found
    assert found.account.type == "totp"


def test_the_row_of_bitwarden_authenticator_that_was_seen() -> None:
    """Its header has six names, its rows nine fields."""
    uri = "otpauth://totp/GitHub%3Aaudit?secret=JBSWY3DPEHPK3PXP&issuer=GitHub"
    table = f"folder,favorite,type,name,login_uri,login_totp\n,,1,GitHub,,{uri},GitHub,30,6\n"
    (found,) = read(table.encode()).found
    assert found.account.name == "GitHub:audit"
