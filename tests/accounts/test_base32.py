"""Secrets in every form in which sites show them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totpkey.errors import Unreadable, in_words
from totpkey_readers.records import base32

SEPARATORS = st.text(alphabet=" -\u00a0\u200b\u2009\ufeff\t", max_size=2)
SECRETS = st.binary(min_size=1, max_size=128)


@given(SECRETS, st.data())
def test_case_groups_and_padding_do_not_matter(secret: bytes, data: st.DataObject) -> None:
    text = base64.b32encode(secret).decode()
    if data.draw(st.booleans()):
        text = text.rstrip("=")
    shown = "".join(
        data.draw(SEPARATORS) + data.draw(st.sampled_from((character, character.lower())))
        for character in text
    )
    assert base32.decode(shown) == secret


@given(SECRETS)
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
