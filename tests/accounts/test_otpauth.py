"""What is read of key URIs and names, beside the tables of tests/data."""

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.accounts.looks_secret import NAMES as NOT_SECRET
from tests.accounts.looks_secret import SECRET, SECRETS
from totpkey.accounts.account import Account, Reading, read
from totpkey.errors import Unreadable
from totpkey_readers.records import base32, names
from totpkey_readers.records.key_uri import looks_secret

BYTES = b"Hello!\xde\xad\xbe\xef"
NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=":", include_characters=" "), max_size=64
).map(str.strip)
LABELS = NAMES.filter(bool)


def uri(path: str, **parameters: object) -> str:
    return f"otpauth://totp/{path}?{urlencode({'secret': SECRET, **parameters})}"


def account(text: str, name: str = "") -> Account:
    return read(text, name).account


def refusal(text: str, name: str = "") -> Unreadable:
    with pytest.raises(Unreadable) as raised:
        read(text, name)
    return raised.value


@given(
    issuer=NAMES.filter(lambda issuer: issuer.lower() != "steam"),
    label=LABELS,
    secret=st.binary(min_size=10, max_size=128),
    algorithm=st.sampled_from(("SHA1", "SHA256", "SHA512")),
    digits=st.integers(6, 8),
    period=st.integers(10, 300),
    colon=st.sampled_from((":", "%3A", "%3a", ":%20")),
)
def test_what_a_uri_says_is_read_back(
    issuer: str, label: str, secret: bytes, algorithm: str, digits: int, period: int, colon: str
) -> None:
    path = (quote(issuer, safe="") + colon if issuer else "") + quote(label, safe="")
    text = base32.encode(secret)
    written = uri(path, secret=text, issuer=issuer, algorithm=algorithm, digits=digits, period=period)
    assert read(written) == Reading(Account(issuer, label, secret, algorithm, digits, period))


def test_a_bare_secret_takes_its_settings_from_the_arguments() -> None:
    reading = read("jbsw y3dp ehpk 3pxp", "Amazon:me", "sha-512", digits=8, period=60)
    assert reading == Reading(Account("Amazon", "me", BYTES, "SHA512", 8, 60))


def test_repr_leaves_the_secret_out() -> None:
    text = repr(read(uri("me")))
    assert "Hello" not in text
    assert SECRET not in text


@given(st.text(max_size=60), st.text(max_size=10))
def test_errors_of_a_uri_carry_no_secret(tail: str, name: str) -> None:
    error = refusal(f"otpauth://totp/x?secret={SECRET}!{tail}", name)
    assert SECRET not in f"{error!r} {error.cause} {error.remedy} {error.__cause__!r}"


@pytest.mark.parametrize(
    ("name", "parts"), [("a:b:c", ("a", "b:c")), ("a", ("", "a")), (" a : b ", ("a", "b"))]
)
def test_names_are_split_and_joined(name: str, parts: tuple[str, str]) -> None:
    assert names.split(name) == parts
    assert names.join(*parts) == name.replace(" ", "")


@pytest.mark.parametrize(("texts", "secret"), [(SECRETS, True), (NOT_SECRET, False)])
def test_secrets_in_place_of_a_name_are_noticed(texts: tuple[str, ...], secret: bool) -> None:
    assert [looks_secret(text) for text in texts] == [secret] * len(texts)
