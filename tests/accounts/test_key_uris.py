"""What is read of key URIs, bare secrets and names: by the page's tables, too, and of any text."""

from __future__ import annotations

import base64
from dataclasses import asdict
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data import MEANS, NOT_SECRET, REFUSED, SECRET, SECRETS, account_of
from totpkey.accounts.account import Account, Reading, read
from totpkey.errors import Unreadable, in_words
from totpkey_readers.records import base32
from totpkey_readers.records.account import joined_name, split_name
from totpkey_readers.records.key_uri import looks_secret


@pytest.mark.parametrize("name", MEANS)
def test_what_a_uri_means(name: str) -> None:
    row = MEANS[name]
    reading = read(row["text"], row.get("name", ""))
    account = asdict(reading.account)
    del account["recipe"]
    assert account | {"secret": account["secret"].hex()} == account_of(row)
    warnings = [row["warning"]] if "warning" in row else []
    assert len(reading.warnings) == len(warnings)
    assert all(part in told for part, told in zip(warnings, reading.warnings, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_and_why(name: str) -> None:
    row = REFUSED[name]
    with pytest.raises(Unreadable) as raised:
        read(row["text"], row.get("name", ""))
    assert row["cause"] in raised.value.cause
    assert SECRET[:-1] not in raised.value.cause + raised.value.remedy


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
    assert split_name(name) == parts
    assert joined_name(*parts) == name.replace(" ", "")


@pytest.mark.parametrize(("texts", "secret"), [(SECRETS, True), (NOT_SECRET, False)])
def test_secrets_in_place_of_a_name_are_noticed(texts: tuple[str, ...], secret: bool) -> None:
    assert [looks_secret(text) for text in texts] == [secret] * len(texts)


SEPARATORS = st.text(alphabet=" -\u00a0\u200b\u2009\ufeff\t", max_size=2)
ANY_SECRET = st.binary(min_size=1, max_size=128)


@given(ANY_SECRET, st.data())
def test_case_groups_and_padding_do_not_matter(secret: bytes, data: st.DataObject) -> None:
    text = base64.b32encode(secret).decode()
    if data.draw(st.booleans()):
        text = text.rstrip("=")
    shown = "".join(
        data.draw(SEPARATORS) + data.draw(st.sampled_from((character, character.lower())))
        for character in text
    )
    assert base32.decode(shown) == secret


@given(ANY_SECRET)
def test_encoding_is_that_of_the_rfc_less_the_padding(secret: bytes) -> None:
    assert base32.encode(secret) == base64.b32encode(secret).decode().rstrip("=")


@pytest.mark.parametrize(("digit", "letter"), [("0", "O"), ("1", "I"), ("8", "B")])
def test_a_lookalike_is_named_with_its_place(digit: str, letter: str) -> None:
    with pytest.raises(Unreadable) as raised, in_words():
        base32.decode(f"ABCD EFG{digit}")
    assert f"Character 8 of the setup key is the digit {digit}" in raised.value.cause
    assert letter in raised.value.remedy


@pytest.mark.parametrize("wrong", ["9", "!", "é", "ı", "ſ", "２", "\x00"])
def test_other_characters_are_blamed_by_place_alone(wrong: str) -> None:
    with pytest.raises(Unreadable, match="Character 4 of the setup key is not"), in_words():
        base32.decode(f"ABC{wrong}EFGH")


@pytest.mark.parametrize("length", [1, 3, 6, 9, 11, 14, 51, 54])
def test_a_length_that_base32_cannot_have_is_probably_cut_off(length: int) -> None:
    with pytest.raises(Unreadable, match=f"{length} characters"), in_words():
        base32.decode("A" * length)


@pytest.mark.parametrize(("text", "secret"), [("MZXW6YTBO", b"fooba"), ("MZXW6Y", b"foo"), ("MZX", b"f")])
def test_lenient_drops_the_bits_left_over(text: str, secret: bytes) -> None:
    assert base32.decode(text, lenient=True) == secret


@pytest.mark.parametrize("text", ["", " - ", "A" * 500, "A"])
def test_a_secret_has_1_to_128_bytes(text: str) -> None:
    with pytest.raises(Unreadable, match="a key takes 1 to 128"), in_words():
        base32.decode(text, lenient=True)


@given(st.text(max_size=80))
def test_no_error_repeats_what_was_given(text: str) -> None:
    with pytest.raises(Unreadable) as raised, in_words():
        base32.decode(f"SECRETSECRET{text}!")
    assert "SECRETSECRET" not in f"{raised.value!r} {raised.value.cause} {raised.value.remedy}".upper()
