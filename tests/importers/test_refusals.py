"""A recognized file that cannot be read is named, and its user learns what to do instead."""

from __future__ import annotations

import gzip
import json

import pytest

from readers.tests import containers, desktops, samples
from readers.tests.entries import AMAZON, PLAIN
from readers.tests.samples import SAMPLES
from tests.importers.reading import read, worded
from totpkey import errors

XML = "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n"
OTHER_DATABASE = containers._database("CREATE TABLE messages (body)", [("hello",)], "messages")


def table(*names: str) -> bytes:
    return f"{','.join(names)}\na,b,c\n".encode()


#: A file, what it is called, and what to do.
FILES = {
    "another database": (OTHER_DATABASE, "an app's own database", "Export the accounts in the app"),
    "gzip": (gzip.compress(samples.aegis().data), "packed by gzip", "gunzip"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(range(200)), "7-Zip", "Unpack"),
    "RAR": (b"Rar!\x1a\x07\x01\x00" + bytes(200), "RAR", "Unpack"),
    "an empty ZIP": (b"PK\x05\x06" + bytes(18), "empty ZIP", "Export it again"),
    "a spreadsheet": (
        containers.zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
        "office program",
        "",
    ),
    "an app": (containers.zipped({"AndroidManifest.xml": b"x"}), "an app, not an export", ""),
    "a ZIP of photos": (containers.zipped({"a.jpg": b"\xff\xd8\xff"}), "no known export", ""),
    "Proton Pass under PGP": (
        containers.zipped({"Proton Pass/data.pgp": b"x"}),
        "encrypted for Proton Pass alone",
        "",
    ),
    "PGP": (b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n", "encrypted by PGP", "gpg --decrypt"),
    "age": (b"age-encryption.org/v1\n-> x\n", "encrypted by age", "age --decrypt"),
    "KeePass 1": (bytes.fromhex("03d9a29a65fb4bb5") + bytes(300), "KeePass 1", "KeePassXC"),
    "KeePass 2 of old": (
        bytes.fromhex("03d9a29a67fb4bb500000200") + bytes(300),
        "version of KeePass' format",
        "",
    ),
    "Battle.net": (
        f'{XML}<map><string name="com.blizzard.messenger.AUTHENTICATOR_SERIAL">00</string></map>'.encode(),
        "Battle.net",
        "attach it again",
    ),
    "Raivo's page": (b"<html><title>Raivo OTP</title></html>", "Raivo's page", "raivo-otp-export.json"),
    "a page of QR codes": (
        b'<html><img src="data:image/png;base64,AA"></html>',
        "pictures of QR codes",
        "PDF",
    ),
    "a page": (b"<html>hello</html>", "a web page or an XML file", "Export it again"),
    "1PIF": (
        b'{"uuid":"x"}\n***5642bee8-a5ff-11dc-8314-0800200c9a66***\n{"uuid":"y"}\n',
        "1PIF",
        "1PUX",
    ),
    "Authy's servers": (b'{"authenticator_tokens": [], "success": true}', "Authy", "new QR code"),
    "Blur": (b'{"dntmeExport": true, "accounts": []}', "Blur", ""),
    "a backup of ours": (b'{"format": "totpkey backup", "version": 1}', "backup of a totpkey", "restore"),
    "passwords alone": (table("name", "url", "username", "password"), "without a column", "totpkey add"),
    "Steam Desktop Authenticator's list": (
        b'{"encrypted": true, "entries": [], "periodic_checking": false}',
        "pack the whole folder",
        "",
    ),
    "Authme, encrypted": (
        b'{"role": "backup", "encrypted": true, "codes": "", "date": "", "version": 2}',
        "only Authme can open it",
        "",
    ),
    # It was taken for Proton's.
    "steamguard-cli's list": (
        b'{"version": 1, "entries": [{"filename": "1.maFile", "steam_id": 1, "account_name": "x"}]}',
        "steamguard-cli",
        "",
    ),
    "WinAuth, encrypted": (
        b'<?xml version="1.0"?><WinAuth version="3.5"><data encrypted="y">00ff</data></WinAuth>',
        "only WinAuth can open it",
        "",
    ),
    "OTPClient of a later version": (b"OTPClient\0\0\0\x09" + bytes(80), "Its version is 9", ""),
    "OTPClient, cut off": (b"OTPClient\0\0\0\x03" + bytes(50), "cut off", ""),
}


@pytest.mark.parametrize("name", FILES)
def test_what_it_is_and_what_to_do(name: str) -> None:
    data, called, remedy = FILES[name]

    def ask(app: str) -> str:
        raise AssertionError(f"asked for a password of {app}")

    with pytest.raises(errors.Unreadable) as raised:
        worded(data, ask)
    assert called in raised.value.cause
    assert remedy in raised.value.remedy


@pytest.mark.parametrize("text", ["naïve café", "密码和动态码", "hello"])
@pytest.mark.parametrize("encoding", ["latin-1", "gb18030", "utf-16", "utf-16-le", "utf-8"])
def test_text_is_never_asked_for_a_password(text: str, encoding: str) -> None:
    with pytest.raises(errors.Unreadable, match="not a known export"):
        worded(text.encode(encoding, errors="replace"), lambda app: pytest.fail(app))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("andotp encrypted", "another app's encrypted file"),
        ("totp authenticator", "Steam Desktop Authenticator"),
        ("steam folder", "Wrong password"),
    ],
)
def test_a_wrong_password_names_what_else_it_may_be(name: str, told: str) -> None:
    with pytest.raises(errors.WrongFilePassword, match=told):
        read((SAMPLES.get(name) or desktops.steam_folder)().data, "something else")


def test_a_folder_of_steam_s_in_another_encryption_is_told() -> None:
    def lock(name: str) -> desktops.Lock:
        entry, key, iv = desktops.argon2id_lock(name)
        return entry | {"encryption": {"iv": "", "salt": "", "scheme": "Other"}}, key, iv

    with pytest.raises(errors.Unreadable, match="encrypted in an unknown way"):
        read(desktops.steam_folder(lock=lock).data)


def test_duo_s_own_accounts_are_skipped_by_name() -> None:
    document = json.loads(SAMPLES["duo"]().data)
    document[0] |= {"accountType": "DuoAccount"}
    contents = read(json.dumps(document).encode())
    assert [skipped.name for skipped in contents.skipped] == [AMAZON.label]
    assert "only the Duo app" in contents.skipped[0].reason
    assert len(contents.found) == len(PLAIN) - 1
