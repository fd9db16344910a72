"""Nothing that a file holds is lost without a word: found, skipped by name and reason, or told as a stray.

Marked secrets are hidden in exports: as links or keys, anywhere in their text.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import pytest
import segno

from readers.tests.containers import zipped
from readers.tests.entries import to_csv
from readers.tests.reading import sample
from readers.tests.samples import SAMPLES
from totpkey_readers.formats import files
from totpkey_readers.records.contents import Contents
from totpkey_readers.records.problem import Problem
from totpkey_readers.records.texts import decode

#: How a secret may be written, by its base32 without padding.
FORMS: dict[str, Callable[[str], str]] = {
    "a link": lambda key: f"otpauth://totp/Hidden:me?secret={key}&issuer=Hidden",
    "a link in another's address": lambda key: (
        f"https://x.example/qr?a=otpauth%3A%2F%2Ftotp%2Fme%3Fsecret%3D{key}"
    ),
    "Steam's link": lambda key: f"steam://{key}",
    "a key": str,
    "a key in small letters": str.lower,
    "a key in groups": lambda key: " ".join(re.findall("....", key)),
    "a key with dashes": lambda key: "-".join(re.findall("....", key)),
}


def key_of(secret: bytes) -> str:
    return base64.b32encode(secret).decode().rstrip("=")


def hidden(data: bytes, text: str, random: Random) -> bytes:
    """The file with `text` somewhere in it."""
    whole = data.decode()
    start = whole.lstrip()[:1]
    if start in ("{", "["):
        return json.dumps(
            _in_json(json.loads(whole), text, random), ensure_ascii=random.random() < 0.5
        ).encode()
    if start == "<":
        return _in_markup(whole, text, random).encode()
    if any("://" in line[:40] for line in whole.splitlines()[:3]) or "\n" not in whole.strip():
        lines = whole.splitlines()
        lines.insert(random.randrange(len(lines) + 1), random.choice(["", "# ", "note: "]) + text)
        return "\n".join(lines).encode()
    return _in_table(whole, text, random).encode()


def _in_json(document: Any, text: str, random: Random) -> Any:
    around = random.choice(list(_containers(document)))
    among = random.choice(["", "see ", "before\n", '"quoted" '])
    if isinstance(around, list):
        around.insert(random.randrange(len(around) + 1), among + text)
        return document
    texts = [name for name, value in around.items() if isinstance(value, str) and value and len(value) < 40]
    if texts and random.random() < 0.4 and not _matters(around):
        around[random.choice(texts)] += f" {among}{text}"
    elif random.random() < 0.2:
        around[text] = "x"
    else:
        around[random.choice(["note", "extra", "description", "zzz", "comment"])] = among + text
    return document


def _matters(around: dict[str, Any]) -> bool:
    """Whether a longer text would be another setting."""
    return any(name.lower() in ("type", "secret", "algorithm", "algo") for name in around)


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _containers(inner)
    elif isinstance(value, list):
        if all(isinstance(inner, str) for inner in value) and value:
            yield value
        for inner in value:
            yield from _containers(inner)


def _in_markup(whole: str, text: str, random: Random) -> str:
    ends = [found.end() for found in re.finditer(">", whole)][2:-1]
    at = random.choice(ends)
    text = text.replace("&", "&amp;")
    return whole[:at] + random.choice([f"<!-- {text} -->", f"<p>{text}</p>"]) + whole[at:]


def _in_table(whole: str, text: str, random: Random) -> str:
    rows = list(csv.reader(io.StringIO(whole, newline="")))
    row = random.choice(rows[1:])
    if random.random() < 0.5:
        row += ["", text]
    else:
        row[random.choice([place for place, cell in enumerate(row) if not _is_kept(cell)] or [0])] += (
            f" {text}"
        )
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    return file.getvalue()


def _is_kept(cell: str) -> bool:
    return "://" in cell or len(cell) > 15


def is_plain(name: str) -> bool:
    data = sample(name).data
    return not sample(name).encrypted and decode(data) is not None


PLAIN = [name for name in SAMPLES if is_plain(name)]
#: Secrets for each file, so that there are a thousand in all.
EACH = -(-1000 // len(PLAIN))


def read(data: bytes) -> Contents:
    return files.read(data, lambda app: pytest.fail(app))


@pytest.mark.parametrize("name", PLAIN)
def test_a_hidden_secret_is_found_skipped_or_told(name: str) -> None:
    random = Random(name)
    before = read(sample(name).data)
    for number in range(EACH):
        secret = random.randbytes(20)
        form = list(FORMS)[number % len(FORMS)]
        data = hidden(sample(name).data, FORMS[form](key_of(secret)), random)
        try:
            contents = read(data)
        except Problem:
            # The whole file is refused, with a reason.
            continue
        found = any(one.account.secret == secret for one in contents.found)
        told = contents.strays or len(contents.skipped) > len(before.skipped)
        assert found or told, (form, data.decode())


LINK = "otpauth://totp/me?secret=GEZDGNBVGY3TQOJQ"
KEY = "JBSWY3DPEHPK3PXP"


def aegis(key: str, info: object = None, **more: object) -> bytes:
    """Without the header that the app writes, as some are passed on."""
    own = {"secret": key, "algo": "SHA1", "digits": 6, "period": 30} | (
        info if isinstance(info, dict) else {}
    )
    entry = {"type": "totp", "name": "u", "issuer": "N", "info": own, **more}
    return json.dumps({"version": 1, "db": {"version": 2, "entries": [entry]}}).encode()


def table(columns: str, *cells: str) -> bytes:
    return to_csv(columns.split(","), [list(cells)])


def keepass(**texts: str) -> bytes:
    strings = "".join(f"<String><Key>{k}</Key><Value>{escape(v)}</Value></String>" for k, v in texts.items())
    return f"<KeePassFile><Root><Group><Entry>{strings}</Entry></Group></Root></KeePassFile>".encode()


def login(**more: object) -> bytes:
    item = {"type": 1, "name": "N", "login": {"username": "u", "totp": KEY}, **more}
    return json.dumps({"encrypted": False, "items": [item]}).encode()


#: Where people keep links beside their codes.
BESIDE = {
    "Bitwarden's notes": login(notes=f"see {LINK} there"),
    "Bitwarden's fields": login(fields=[{"name": "backup", "value": LINK, "type": 0}]),
    "notes of Bitwarden's table": table("name,login_username,login_totp,notes", "N", "u", KEY, LINK),
    "fields of Bitwarden's table": table(
        "name,login_username,login_totp,fields", "N", "u", KEY, f"a: {LINK}"
    ),
    "KeePassXC's notes": table("Title,Username,Notes,TOTP", "N", "u", LINK, KEY),
    "LastPass' notes": table("url,username,password,totp,extra,name", "http://sn", "", "", KEY, LINK, "N"),
    "Aegis' notes": aegis(KEY, note=LINK),
    "KeePass' notes": keepass(Title="N", otp=KEY, Notes=f"and {LINK}"),
    "KeePass' own field": keepass(**{"Title": "N", "TimeOtp-Secret": "12345678901234567890", "2FA": KEY}),
    "KeePass' notes alone": keepass(Title="N", Notes=f"{LINK}\n{LINK.replace('NBVG', 'NBVH')}"),
    "a text beside an export in a ZIP": zipped({"a.json": aegis(KEY), "notes.md": f"my {LINK}".encode()}),
    "two exports in a ZIP": zipped({"a.json": aegis(KEY), "b.txt": LINK.encode()}),
}


@pytest.mark.parametrize("name", BESIDE)
def test_a_link_beside_a_code_is_found_or_told(name: str) -> None:
    contents = read(BESIDE[name])
    assert len(contents.found) + contents.strays == 2


def test_a_nonce_in_hex_is_no_key() -> None:
    """Nor for one of a thousand, whose 24 digits could be base32."""
    assert read(aegis(KEY, nonce="5f5ea4dc2e7a4be7c3d6e2ab")).strays == 0
    assert read(aegis(KEY, nonce="5f5ea4dc2e7a4be7c3d6e2ag")).strays == 1


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("size", [10, 15, 20, 32])
def test_a_hundred_secrets_in_base64_are_read_as_such(size: int, padded: bool) -> None:
    """Eight hundred in all, in tables and in JSON: none is wrong, and none is lost."""
    random = Random(size)
    secrets = [random.randbytes(size) for _ in range(50)]
    written = [base64.b64encode(secret).decode().rstrip("" if padded else "=") for secret in secrets]
    rows = [[f"a{number}", text] for number, text in enumerate(written)]
    document = [{"name": name, "secret": text} for name, text in rows]
    for data in (to_csv(["name", "TOTP secret"], rows), json.dumps(document).encode()):
        contents = read(data)
        assert [found.account.secret for found in contents.found] == secrets
        assert {note.code for found in contents.found for note in found.notes} == {"coding"}


def test_entries_whose_secret_is_none_are_skipped_by_name() -> None:
    rows = [[f"a{number}", KEY if number % 10 else f"{KEY[:-1]}1"] for number in range(200)]
    contents = read(to_csv(["name", "TOTP secret"], rows))
    assert (len(contents.found), len(contents.skipped)) == (180, 20)
    assert contents.skipped[1].name == "a10"
    assert contents.skipped[1].reason.code == "secret_lookalike"


def test_what_nobody_understands_is_named() -> None:
    (found,) = read(aegis(KEY, info={"wobble": 7})).found
    assert [(note.code, note.fields) for note in found.notes] == [
        ("not_understood", {"names": "info.wobble"})
    ]


@pytest.mark.parametrize(
    "document",
    [
        [{"name": "N", "secret": KEY, "otpMode": 3}],
        {"otpMode": 3, "list": [{"name": "N", "secret": KEY}]},
        {"settings": {"otpMode": 3}, "list": [{"name": "N", "secret": KEY}, {"name": "M", "secret": KEY}]},
    ],
)
def test_what_sounds_like_a_setting_is_named_wherever_it_stands(document: object) -> None:
    codes = {note.code: note.fields for note in read(json.dumps(document).encode()).warnings}
    assert codes["fields_unread"] == {"names": "“otpMode”"}


def test_accounts_that_do_not_add_up_are_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(self: Contents, *others: object) -> None:
        """As a reader that forgets an entry would."""

    monkeypatch.setattr(Contents, "_take", losing)
    with pytest.raises(Problem, match="unbalanced"):
        read(aegis(KEY))


def picture() -> str:
    file = io.BytesIO()
    link = f"otpauth://totp/N:u?secret={KEY}&issuer=N&algorithm=SHA256&digits=8&period=60"
    segno.make(link, micro=False).save(file, kind="png", scale=4)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


SETTINGS = {
    "columns": to_csv(
        ["Title", "TOTP Secret", "Digits", "Period", "Algorithm"], [["N", KEY, "8", "60", "SHA256"]]
    ),
    "Chinese columns": table("服务名称,账户信息,密钥,位数,周期(秒),算法", "N", "u", KEY, "8", "60", "SHA256"),
    "an object inside": json.dumps(
        [{"name": "N", "secret": KEY, "otp": {"digest": "sha256", "length": 8, "step": 60}}]
    ).encode(),
    "an object beside": json.dumps(
        [{"name": "N", "a": {"totp": KEY}, "b": {"numberOfDigits": 8, "hash": "SHA-256", "interval": 60}}]
    ).encode(),
    "the object around": json.dumps(
        {"digits": 8, "period": 60, "algo": "SHA256", "list": [{"name": "N", "secret": KEY}]}
    ).encode(),
    "an object beside the list": json.dumps(
        {
            "options": {"digits": 8, "period": 60, "algo": "SHA256"},
            "list": [{"name": "N", "secret": KEY}, {"name": "M", "secret": KEY}],
        }
    ).encode(),
    # Aegis' own page names no period, and no counter by a dash.
    "a picture on a page": (
        f"<html><table><tr><th>Issuer</th><th>Name</th><th>QR Code</th><th>Secret</th><th>Counter</th></tr>"
        f"<tr><td>N</td><td>u</td><td><img src='{picture()}'/></td><td>{KEY}</td><td>-</td></tr></table>"
    ).encode(),
    "a picture beside a page's lines": (
        f"<html><p><b>N</b></p><p>u</p><p>Secret: {KEY}</p><p><img src='{picture()}'></p></html>"
    ).encode(),
    "a page's table": (
        f"<!DOCTYPE html><table><tr><th>Name</th><th>Secret</th><th>Digits</th><th>Period</th>"
        f"<th>Algorithm</th></tr><tr><td>N</td><td>{KEY}</td><td>8</td><td>60</td><td>SHA256</td></tr></table>"
    ).encode(),
    "a page's lines": (
        f"<html><p><b>N</b></p><p>u</p><p>Secret: {KEY}</p><p>Digits: 8</p><p>Period: 60</p>"
        "<p>Algorithm: SHA256</p></html>"
    ).encode(),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_found_wherever_they_stand(name: str) -> None:
    for account in (found.account for found in read(SETTINGS[name]).found):
        assert (account.digits, account.period, account.algorithm) == (8, 60, "SHA256")
        assert {"N", "M"} & {account.issuer, account.label}
    assert len(read(SETTINGS[name]).found) == SETTINGS[name].count(KEY.encode())


OWN = {"account_type": "authy", "name": "N", "digits": 7, "decrypted_seed": KEY}


@pytest.mark.parametrize(
    "document",
    [
        {"authenticator_tokens": [OWN]},
        {"decrypted_authenticator_tokens": [OWN]},
        {"apps": [{"name": "N", "secret_seed": "00112233445566778899aabbccddeeff"}]},
        [{"name": "N", "secret": KEY, "digits": 7, "type": "authy"}],
    ],
)
def test_authy_s_own_accounts_have_their_own_period(document: object) -> None:
    (found,) = read(json.dumps(document).encode()).found
    assert (found.account.digits, found.account.period) == (7, 10)


@pytest.mark.parametrize("above", ["", "mSecure CSV export file\n"])
def test_a_table_of_msecure(above: str) -> None:
    data = f"{above}N|12,Login,,,Username|7|u,One-time password|12|{KEY}\n".encode()
    (found,) = read(data).found
    assert found.account.name == "N:u"


def with_a_damaged_file(names: tuple[str, str]) -> bytes:
    """A ZIP of two exports. The checksum of the second's data is wrong."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, issuer in zip(names, ("Sound", "Harmed"), strict=True):
            archive.writestr(name, f"otpauth://totp/{issuer}:me?secret={KEY}&issuer={issuer}\n")
    return written.getvalue().replace(b"Harmed:me", b"Harmed:ME")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zipped({"a.json": aegis(KEY), "b.json": aegis(KEY)[:-40]}), id="cut short"),
        pytest.param(with_a_damaged_file(("a.txt", "b.txt")), id="wrong checksum"),
        pytest.param(with_a_damaged_file(("winauth-a.txt", "winauth-b.txt")), id="of a known app"),
    ],
)
def test_a_zip_tells_of_an_export_that_is_damaged_beside_another(data: bytes) -> None:
    contents = read(data)
    assert len(contents.found) == 1
    assert [warning.code for warning in contents.warnings] == ["zip_other_damaged"]
