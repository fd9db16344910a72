"""Files of apps that nobody here has seen are read by their content, and the reader says so.

So are tables that spreadsheets saved again, with unusual names and secrets.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from readers.tests import samples
from readers.tests.entries import AMAZON, PLAIN, Entry, to_csv
from readers.tests.reading import entries, read
from totpkey_readers.formats.keepass import Salsa20

SECRET = "JBSWY3DPEHPK3PXP"
LINK = f"otpauth://totp/GitHub:me?secret={SECRET}&issuer=GitHub"
BARE = f"otpauth://totp/?secret={SECRET}"


def names(data: bytes) -> list[str]:
    return [found.account.name for found in read(data).found]


def table(header: str, *row: str) -> str:
    """With a row that has no code."""
    return to_csv(header.split(","), [list(row), ["x"] * len(row)]).decode()


FIELDS = [{"label": "Username", "value": "me"}, {"label": "2FA", "value": SECRET}]
PLAIN_TEXTS = {"service": "GitHub", "account": "me", "secret": SECRET}
#: Files of apps that nobody knows, and the name of the field with the code.
UNKNOWN = [
    (table("Konto,OTP Secret,username,title", "1", SECRET, "me", "GitHub"), "OTP Secret"),
    (table("name,url,username,password,notes,otp", "GitHub", "", "me", "x", "", SECRET), "otp"),
    (table("title,username,one-time password", "GitHub", "me", "JBSW Y3DP EHPK 3PXP"), "one-time password"),
    (table("标题,用户名,密码,两步验证", "GitHub", "me", "x", SECRET), "两步验证"),
    (table("平台,帐号,秘钥", "GitHub", "me", SECRET), "秘钥"),
    # A link is a link, whatever its column is called.
    (table("Secret Name,User,Extra 7", "GitHub", "me", BARE), "Extra 7"),
    (json.dumps({"logins": [{"site": "GitHub", "login": "me", "mfa_secret": SECRET}]}), "mfa_secret"),
    (json.dumps({"a": {"b": [{"title": "GitHub", "user": "me", "extra": {"n": [BARE]}}]}}), ""),
    (json.dumps({"items": [{"name": "GitHub", "fields": FIELDS}]}), "2FA"),
    (json.dumps([{**PLAIN_TEXTS, "period": "30", "digits": 6.0, "type": "TOTP"}]), "secret"),
]


@pytest.mark.parametrize(("text", "field"), UNKNOWN)
def test_a_file_of_an_unknown_app(text: str, field: str) -> None:
    contents = read(text.encode())
    assert [found.account.name for found in contents.found] == ["GitHub:me"]
    (warning,) = contents.warnings[:1] if text.startswith("Konto") else contents.warnings
    assert warning.code == "guessed"
    assert field in warning.fields["names"]
    assert SECRET not in str(warning)


@pytest.mark.parametrize(
    "text",
    [
        f"hunter2\nuser: me\nurl: https://GitHub/login\n{BARE}\n",
        f"hunter2\nlogin: me\nurl: GitHub\ntotp: {SECRET}\n",
        f"hunter2\n---\nusername: me\n{LINK}\n",
        f"the code: {LINK}\n",
    ],
)
def test_an_entry_of_pass(text: str) -> None:
    assert names(text.encode()) == ["GitHub:me"]
    assert read(text.encode()).skipped == []


def test_the_password_of_an_entry_of_pass_is_not_told() -> None:
    text = f"correct horse battery\n{BARE[:-4]}1111\n"
    contents = read(text.encode())
    assert "horse" not in str(contents)


@pytest.mark.parametrize("between", [" ", ",", ", ", "|", "\t", '","'])
def test_several_links_on_a_line(between: str) -> None:
    """Only the first was tried, and skipped for a reason that was wrong."""
    other = LINK.replace("GitHub", "GitLab")
    text = between.join((LINK, other)) + "\n" + AMAZON.uri
    assert names(text.encode()) == ["GitHub:me", "GitLab:me", AMAZON.issuer + ":" + AMAZON.label]


def test_a_link_within_a_link_stays_one() -> None:
    text = f"{LINK}&image=otpauth%3A%2F%2Fexample.com\n"
    assert names(text.encode()) == ["GitHub:me"]


CHINESE = Entry("京东", "小王", b"N" * 20)
WESTERN = Entry("Café", "Zoë", b"O" * 20)
TABLE = ("apple csv", "1password csv", "synology csv", "lastpass csv", "keepassxc", "bitwarden csv")

RESAVED: dict[str, Callable[[str], bytes]] = {
    "as it was": lambda text: text.encode(),
    "UTF-8 with its mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 without its mark": lambda text: text.encode("utf-16-le"),
    "semicolons": lambda text: delimited(text, ";").encode(),
    "tabs": lambda text: delimited(text, "\t").encode(),
    "an old Mac's lines": lambda text: text.replace("\r\n", "\r").encode(),
    "Unix' lines": lambda text: text.replace("\r\n", "\n").encode(),
}


def delimited(text: str, delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(csv.reader(io.StringIO(text, newline="")))
    return out.getvalue()


@pytest.mark.parametrize("how", RESAVED)
@pytest.mark.parametrize("name", TABLE)
def test_a_table_saved_again_is_the_same(name: str, how: str) -> None:
    written = samples.SAMPLES[name]()
    # A line's end within a field is not to be told from a row's, where both are the same.
    text = written.data.decode().replace("two\nlines", "two lines")
    assert entries(read(RESAVED[how](text))) == written.entries


@pytest.mark.parametrize(
    ("entry", "encoding"), [(CHINESE, "gb18030"), (WESTERN, "cp1252"), (CHINESE, "utf-8"), (WESTERN, "utf-8")]
)
@pytest.mark.parametrize("name", ["lastpass csv", "safeincloud csv"])
def test_a_table_in_the_system_s_own_code_page(name: str, entry: Entry, encoding: str) -> None:
    """Excel saves so on a Chinese and on a Western Windows."""
    data = samples.WRITERS[name]((entry, PLAIN[1])).data
    assert entries(read(data.decode().encode(encoding))) == (entry, PLAIN[1])


def test_a_long_note_does_not_end_the_table() -> None:
    data = samples.WRITERS["1password csv"](PLAIN).data.replace(b"two\nlines", b"x" * 200_000)
    assert entries(read(data)) == PLAIN


@pytest.mark.parametrize("length", [17, 19, 22, 25, 27, 30])
def test_odd_lengths_are_read_and_marked(length: int) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"[:length]
    document = json.loads(samples.aegis((AMAZON,)).data)
    document["db"]["entries"][0]["info"]["secret"] = secret
    for data in (json.dumps(document), f"otpauth://totp/Amazon:me?secret={secret}&issuer=Amazon"):
        (found,) = read(data.encode()).found
        assert len(found.account.secret) == length * 5 // 8
        assert any(note.code == "odd" for note in found.notes)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("otpauth://yaotp/Yandex:me?secret=JBSWY3DPEHPK3PXP", "Yandex:me"),
        ("motp://VPN:me?secret=7ac61d4736f51a2b", "VPN:me"),
        ("steam://not base32 at all!", ""),
    ],
)
def test_what_is_skipped_is_named(line: str, name: str) -> None:
    contents = read(f"{AMAZON.uri}\n{line}".encode())
    assert [skipped.name for skipped in contents.skipped] == [name]


@pytest.mark.slow
def test_a_line_of_sixty_megabytes_is_no_uri() -> None:
    """Once it took more than a minute and 5 GB."""
    line = b"otpauth://totp/a?secret=" + b"A" * (60 << 20)
    contents = read(AMAZON.uri.encode() + b"\n" + line)
    assert len(contents.found) == 1
    assert contents.skipped[0].reason.code == "uri_long"


def test_salsa20() -> None:
    """Set 1, vector 0 of the eSTREAM test vectors for a key of 256 bits."""
    stream = Salsa20(bytes([0x80]) + bytes(31), bytes(8))
    begins = bytes.fromhex("e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844")
    assert stream.update(bytes(20)) + stream.update(bytes(12)) == begins
