"""Checks of passphrases and PINs before they are sent to a key."""

import math
import unicodedata
from collections import Counter

import pytest

from tests.data import EASY, GOOD
from totpkey import errors
from totpkey.locks import passphrase, words
from totpkey.locks.passphrase import MOST_LANES, MOST_MEMORY, MOST_PASSES, Parameters, check_new, derive
from totpkey.locks.words import SYLLABLES


def test_a_passphrase_is_the_same_however_its_accents_are_typed() -> None:
    parameters = passphrase.new_parameters()
    composed, taken_apart = (unicodedata.normalize(form, "čtyři náhodná slova") for form in ("NFC", "NFD"))
    assert composed != taken_apart
    assert derive(composed, parameters) == derive(taken_apart, parameters)


def test_each_passphrase_set_has_a_salt_of_its_own() -> None:
    first, second = passphrase.new_parameters(), passphrase.new_parameters()
    assert first.salt != second.salt
    assert derive("correct horse battery", first) != derive("correct horse battery", second)


@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(bytes(16), memory=8),
        Parameters(bytes(16), memory=MOST_MEMORY + 1),
        Parameters(bytes(16), passes=1),
        Parameters(bytes(16), passes=MOST_PASSES + 1),
        Parameters(bytes(16), lanes=0),
        Parameters(bytes(16), lanes=MOST_LANES + 1),
        Parameters(bytes(15)),
    ],
)
def test_what_only_a_false_key_asks_for_is_refused(parameters: Parameters) -> None:
    with pytest.raises(errors.BadReply):
        derive("correct horse battery", parameters)


def test_a_short_passphrase_is_refused_with_the_reason() -> None:
    with pytest.raises(errors.InvalidLock) as raised:
        check_new("hunter2 2024"[:11])
    assert "flash" in raised.value.cause
    assert "hunter2" not in raised.value.cause + raised.value.remedy
    check_new("hunter2 2024 at the lake")


@pytest.mark.parametrize("easy", EASY)
def test_what_is_guessed_early_is_refused_whatever_its_length(easy: str) -> None:
    with pytest.raises(errors.InvalidLock) as raised:
        check_new(easy)
    assert "easy to guess" in raised.value.cause
    assert easy not in raised.value.cause + raised.value.remedy


@pytest.mark.parametrize("good", GOOD)
def test_what_takes_long_to_guess_is_taken(good: str) -> None:
    check_new(good)


@pytest.mark.parametrize(("language", "least"), [("en", 51), ("zh_CN", 65), ("de", 51)])
def test_random_words_are_taken_and_as_many_as_is_said(language: str, least: int) -> None:
    """By the likeliest phrase: some pairs of syllables are written alike."""
    for _ in range(20):
        check_new(words.phrase(language))
    pairs = Counter(first + second for first in SYLLABLES for second in SYLLABLES)
    likeliest = max(pairs.values()) / len(SYLLABLES) ** 2 if language == "zh_CN" else 1 / len(words.english())
    assert -words.COUNT * math.log2(likeliest) >= least
    assert len(set(SYLLABLES)) == len(SYLLABLES)
    assert len(pairs) == 155_801


def test_length_counts_characters_as_they_are_written() -> None:
    with pytest.raises(errors.InvalidLock):
        check_new(unicodedata.normalize("NFD", "éééééé"))


def test_bytes_that_are_no_text_are_told_without_repeating_them() -> None:
    with pytest.raises(errors.InvalidLock) as raised:
        derive("twelve or more \udcff", passphrase.new_parameters())
    assert raised.value.__cause__ is None
    assert "twelve" not in str(raised.value)


@pytest.mark.parametrize("entered", ["", "123", "1234567890123", "12a4", "12 34", "١٢٣٤", "²²²²"])
def test_what_cannot_be_a_pin(entered: str) -> None:
    with pytest.raises(errors.InvalidLock):
        passphrase.check_pin(entered)


FIRST = ["0000", "1234", "9876", "7890", "0987654321", "1212", "19841984", "2580", "0852", "147369", "963741"]


@pytest.mark.parametrize("entered", [*FIRST, "1221", "1233", "208642", "4912", "12121", "1470"])
def test_the_first_guesses_are_known(entered: str) -> None:
    passphrase.check_pin(entered)
    assert passphrase.is_early_guess(entered) == (entered in FIRST)
