"""The text of a card and of a file: what comes back, and that no damage goes unseen."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totpkey import errors, lending
from totpkey.link.replies import Card
from totpkey_protocol import lending as protocol
from totpkey_protocol import limits

POINTS = st.binary(min_size=limits.POINT, max_size=limits.POINT)
NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf")), min_size=1, max_size=limits.LENDER
)
CARDS = st.builds(Card, NAMES, POINTS)
FILES = st.builds(
    lending.File, POINTS, st.binary(min_size=protocol.SEALED_LEAST, max_size=protocol.SEALED_LEAST + 800)
)
ANNA = Card("Anna", bytes(range(32)))


def test_a_card_as_it_is_written() -> None:
    checksum = hashlib.sha256(ANNA.public + b"Anna").digest()[:4]
    assert checksum.hex() == "a0cce31f"
    assert lending.write_card(ANNA) == "totpkey-card:1:Anna:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-gzOMf"
    assert lending.write_card(Card("小王 A:B", bytes(32))).startswith(
        "totpkey-card:1:%E5%B0%8F%E7%8E%8B%20A%3AB:AAAA"
    )


def test_the_digits_of_a_card() -> None:
    """Written a second time from docs/concepts/lend-file.md."""
    derived = hashlib.pbkdf2_hmac("sha256", ANNA.public + b"Anna", b"totpkey card", 1 << 20)
    expected = str(int.from_bytes(derived[:8], "big") % 10**16)
    assert lending.fingerprint(ANNA).replace(" ", "") == expected.zfill(16)
    assert lending.fingerprint(Card("Anne", ANNA.public)) != lending.fingerprint(ANNA)


@given(CARDS)
def test_a_card_comes_back(card: Card) -> None:
    assert lending.read_card(lending.write_card(card)) == card


@given(FILES, st.integers(1, 100))
def test_a_file_comes_back_however_mail_breaks_its_line(file: lending.File, width: int) -> None:
    text = lending.write_file(file)
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    assert lending.read_file("\r\n".join(lines) + "\n") == file
    assert len(text) <= protocol.FILE_MOST


@given(CARDS, st.data())
def test_no_damage_to_a_card_goes_unseen(card: Card, data: st.DataObject) -> None:
    text = lending.write_card(card)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :]
    if "".join(changed.split()) != text:
        with pytest.raises(errors.Unreadable):
            lending.read_card(changed)
    with pytest.raises(errors.Unreadable):
        lending.read_card(text[:at])


@given(FILES, st.data())
def test_no_damage_to_a_file_goes_unseen(file: lending.File, data: st.DataObject) -> None:
    text = lending.write_file(file)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :]
    if "".join(changed.split()) != text:
        with pytest.raises(errors.Unreadable):
            lending.read_file(changed)
    with pytest.raises(errors.Unreadable):
        lending.read_file(text[:at])


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for prefix in ("", protocol.CARD, protocol.FILE):
        for read in (lending.read_card, lending.read_file):
            with pytest.raises(errors.Unreadable):
                read(prefix + text)


def test_names_that_no_terminal_should_see_are_refused() -> None:
    for name in ("\x1b[2J", "\u202e", "x" * 33):
        with pytest.raises(errors.Unreadable):
            lending.read_card(lending.write_card(Card(name, bytes(32))))
    assert lending.read_card(lending.write_card(Card("x" * 32, bytes(32)))).name == "x" * 32
