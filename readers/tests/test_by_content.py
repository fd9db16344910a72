"""Files of apps that nobody here has seen are read by their content, and the reader says so."""

from __future__ import annotations

import json

import pytest

from readers.tests.entries import AMAZON, to_csv
from readers.tests.reading import read
from readers.tests.samples import SAMPLES

SECRET = "JBSWY3DPEHPK3PXP"
LINK = f"otpauth://totp/GitHub:me?secret={SECRET}&issuer=GitHub"
BARE = f"otpauth://totp/?secret={SECRET}"


def names(data: bytes) -> list[str]:
    return [found.account.name for found in read(data).found]


def table(header: str, *row: str) -> str:
    """With a row that has no code."""
    return to_csv(header.split(","), [list(row), ["x"] * len(row)]).decode()


FIELDS = [{"label": "Username", "value": "me"}, {"label": "2FA", "value": SECRET}]
PLAIN = {"service": "GitHub", "account": "me", "secret": SECRET}
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
    (json.dumps([{**PLAIN, "period": "30", "digits": 6.0, "type": "TOTP"}]), "secret"),
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
    ("field", "value"),
    [("digits", "six"), ("period", []), ("algorithm", "MD5"), ("type", "motp")],
)
def test_a_setting_that_is_not_understood_is_no_default(field: str, value: object) -> None:
    contents = read(json.dumps([{**PLAIN, field: value}]).encode())
    assert contents.found == []
    assert [skipped.name.partition(":")[0] for skipped in contents.skipped] == ["GitHub"]


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


@pytest.mark.parametrize("name", ["keeper csv", "roboform csv", "enpass csv", "keeper json", "psono"])
def test_a_known_app_is_named_without_a_warning(name: str) -> None:
    assert read(SAMPLES[name]().data).warnings == []
