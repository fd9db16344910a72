"""Codes that were once lost, silently or with wrong advice. Each file here lost one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.importers import desktops, samples
from tests.importers.containers import zipped
from tests.importers.entries import PLAIN, Entry, to_csv
from tests.importers.reading import entries, read
from totpkey import errors

SECRET = "JBSWY3DPEHPK3PXP"
BARE = f"otpauth://totp/me@x.org?secret={SECRET}"


def names(document: object) -> list[str]:
    return [found.account.name for found in read(json.dumps(document).encode()).found]


def exchanged(*credentials: dict[str, Any]) -> object:
    item = {"title": "GitHub", "credentials": [*credentials]}
    return {"version": {"major": 1}, "exporterRpId": "1password.com", "accounts": [{"items": [item]}]}


CUSTOM = {
    "type": "custom-fields",
    "label": "",
    "fields": [
        {"fieldType": "string", "label": "a note", "value": "otp"},
        {"fieldType": "concealed-string", "label": "one-time password", "value": BARE},
    ],
}
CODE = {"type": "totp", "secret": "GEZDGNBVGY3TQOJQ", "algorithm": "sha1", "digits": 6, "period": 30}


def test_a_code_in_custom_fields_as_1password_exchanges_it() -> None:
    assert names(exchanged(CUSTOM)) == ["GitHub:me@x.org"]


def test_a_code_in_custom_fields_beside_another() -> None:
    user = {"type": "basic-auth", "username": {"value": "me"}}
    assert names(exchanged(user, CODE, CUSTOM)) == ["GitHub:me", "GitHub:me@x.org"]


def test_proton_pass_has_codes_in_sections_of_items_of_any_kind() -> None:
    field = {"fieldName": "TOTP", "type": "totp", "data": {"totpUri": BARE}}
    other = {"fieldName": "TOTP", "type": "totp", "data": {"totpUri": BARE.replace("me@", "you@")}}
    text = {"fieldName": "a", "type": "text", "data": {"content": "x"}}
    login = {"type": "login", "content": {"itemEmail": "me", "totpUri": BARE.replace("me@", "us@")}}
    custom = {
        "type": "custom",
        "content": {"sections": [{"sectionName": "s", "sectionFields": [text, field]}]},
    }
    person = {
        "type": "identity",
        "content": {"extraSections": [{"sectionName": "s", "sectionFields": [other]}]},
    }
    items = [
        {"data": {"metadata": {"name": "N"}, "extraFields": [], **one}} for one in (login, custom, person)
    ]
    document = {
        "version": "1.31.0",
        "encrypted": False,
        "vaults": {"a": {"name": "Personal", "items": items}},
    }
    assert names(document) == ["N:us@x.org", "N:me@x.org", "N:you@x.org"]


def test_a_zip_of_two_exports_gives_both() -> None:
    other = (Entry("GitLab", "you", b"D" * 20),)
    data = zipped({"a/aegis.json": samples.aegis(PLAIN).data, "b/2fas.json": samples.two_fas(other).data})
    contents = read(data)
    assert entries(contents) == (*PLAIN, *other)
    assert [found.place for found in contents.found][-1] == "export 2, entry 1"


def test_a_zip_tells_of_an_export_that_is_damaged_beside_another() -> None:
    data = zipped({"a.json": samples.aegis(PLAIN).data, "b.json": samples.two_fas(PLAIN).data[:-40]})
    contents = read(data)
    assert entries(contents) == PLAIN
    assert "Another file in the ZIP" in contents.warnings[0]


def test_the_title_of_a_link_without_an_issuer() -> None:
    login = {"username": "u", "totp": BARE}
    document = {"encrypted": False, "items": [{"type": 1, "name": "GitHub", "login": login}]}
    assert names(document) == ["GitHub:me@x.org"]


@pytest.mark.parametrize(
    "header", [["Title", "Url", "Username", "OTPAuth"], ["Title", "Url", "Username", "OTPAuth", "Tags"]]
)
def test_the_title_of_a_row_whose_link_has_no_issuer(header: list[str]) -> None:
    (found,) = read(to_csv(header, [["GitHub", "", "u", BARE, ""][: len(header)]])).found
    assert found.account.name == "GitHub:me@x.org"


def test_steamguard_cli_s_list_is_not_proton_s() -> None:
    entry = {"filename": "1.maFile", "steam_id": 1, "account_name": "x", "encryption": None}
    with pytest.raises(errors.InvalidImport, match="steamguard-cli"):
        read(json.dumps({"version": 1, "entries": [entry], "keyring_id": None}).encode())


def test_a_file_in_base64_that_does_not_open_may_be_steam_s() -> None:
    with pytest.raises(errors.WrongFilePassword) as raised:
        read(samples.SAMPLES["totp authenticator"]().data, "something else")
    assert "Steam Desktop Authenticator" in raised.value.cause
    assert ".maFile" in raised.value.remedy


def test_an_encrypted_winauth_file_is_told_as_such() -> None:
    data = b'<?xml version="1.0"?><WinAuth version="3.5"><data encrypted="y">00ff</data></WinAuth>'
    with pytest.raises(errors.InvalidImport, match="only WinAuth can open it"):
        read(data)


def test_a_pale_code_beside_a_clear_one() -> None:
    from tests.pictures.codes import OTHER, URI, code, page
    from totpkey_readers.pictures import qr

    both = page((code(), (40, 40)), (code(OTHER, dark="#c9c9c9", light="#d6d6d6"), (900, 300)))
    assert qr.find(both) == [URI, OTHER]


def test_a_folder_of_steam_s_that_does_not_open_is_told() -> None:
    with pytest.raises(errors.WrongFilePassword, match="Wrong password"):
        read(desktops.steam_folder().data, "something else")


def test_a_folder_of_steam_s_in_another_encryption_is_told() -> None:
    def lock(name: str) -> desktops.Lock:
        entry, key, iv = desktops.argon2id_lock(name)
        return entry | {"encryption": {"iv": "", "salt": "", "scheme": "Other"}}, key, iv

    with pytest.raises(errors.InvalidImport, match="encrypted in an unknown way"):
        read(desktops.steam_folder(lock=lock).data)
