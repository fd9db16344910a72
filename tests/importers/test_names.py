"""The importers keep the name of an account, wherever an app stores it."""

from __future__ import annotations

import json

import pytest

from readers.tests import samples
from readers.tests.entries import AMAZON, Entry
from tests.importers.reading import worded
from totpkey.importers.plan import Contents


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


SECRET = "JBSWY3DPEHPK3PXP"
BARE = f"otpauth://totp/me@x.org?secret={SECRET}"
CUSTOM = {"type": "custom-fields", "fields": [{"label": "one-time password", "value": BARE}]}
CODE = {"type": "totp", "secret": "GEZDGNBVGY3TQOJQ", "algorithm": "sha1", "digits": 6, "period": 30}
USER = {"type": "basic-auth", "username": {"value": "me"}}


def exchanged(*credentials: object) -> object:
    item = {"title": "GitHub", "credentials": credentials}
    return {"version": {"major": 1}, "exporterRpId": "1password.com", "accounts": [{"items": [item]}]}


def of_proton(**content: object) -> object:
    item = {"data": {"metadata": {"name": "N"}, "extraFields": [], "content": content}}
    return {"version": "1.31.0", "vaults": {"a": {"name": "Personal", "items": [item]}}}


def sections(name: str) -> dict[str, object]:
    field = {"fieldName": "TOTP", "type": "totp", "data": {"totpUri": BARE}}
    return {name: [{"sectionName": "s", "sectionFields": [{"fieldName": "a", "data": {}}, field]}]}


#: What a file has, and the names of its accounts. Each was lost, or had another name.
NAMED: dict[str, tuple[object, list[str]]] = {
    "custom fields, as 1Password exchanges them": (exchanged(CUSTOM), ["GitHub:me@x.org"]),
    "custom fields beside a code": (exchanged(USER, CODE, CUSTOM), ["GitHub:me", "GitHub:me@x.org"]),
    "Proton Pass' login": (of_proton(totpUri=BARE), ["N:me@x.org"]),
    "sections of its own items": (of_proton(**sections("sections")), ["N:me@x.org"]),
    "sections of its identities": (of_proton(**sections("extraSections")), ["N:me@x.org"]),
    "a link without an issuer": (
        {"encrypted": False, "items": [{"type": 1, "name": "GitHub", "login": {"totp": BARE}}]},
        ["GitHub:me@x.org"],
    ),
    "a row's link without an issuer": (f"Title,Url,Username,OTPAuth\nA,,u,{BARE}", ["A:me@x.org"]),
    "the same with tags": (f"Title,Url,Username,OTPAuth,Tags\nA,,u,{BARE},", ["A:me@x.org"]),
    "a row without a title": (
        f"url,name,totp,username\nhttps://www.shop.example/,,{SECRET},",
        ["shop.example"],
    ),
    "a label that repeats its issuer": (BARE.replace("me@", "N:N:me@") + "&issuer=N", ["N:me@x.org"]),
    # Its header has six names, its rows nine fields.
    "Bitwarden Authenticator's row": (
        f"folder,favorite,type,name,login_uri,login_totp\n,,1,N,,{BARE},N,30,6\n",
        ["N:me@x.org"],
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_an_account_has_the_name_that_its_file_gives_it(name: str) -> None:
    written, expected = NAMED[name]
    data = written if isinstance(written, str) else json.dumps(written)
    assert [found.account.name for found in read(data.encode()).found] == expected


def test_a_steam_token_of_freeotp_with_other_digits_is_none_of_steam_s() -> None:
    document = json.loads(samples.free_otp((AMAZON,)).data)
    document["tokens"][0]["issuerExt"] = "Steam"
    (found,) = read(json.dumps(document).encode()).found
    assert found.account.type == "totp"


def test_accounts_without_a_name_get_one() -> None:
    nameless = tuple(Entry("", "", bytes([number]) * 20) for number in range(2))
    names = [found.account.name for found in read(samples.aegis((*nameless, AMAZON)).data).found]
    assert names == ["Unnamed 1", "Unnamed 2", "Amazon:shop@example.com"]
