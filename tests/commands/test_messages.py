"""Every error code of the protocol has a message."""

import pytest

from totpkey.errors import KeyRefused
from totpkey.i18n import key_words
from totpkey_protocol import errors


def test_the_table_has_exactly_the_codes_of_the_protocol() -> None:
    assert set(key_words.TABLE) == set(errors.ALL)


@pytest.mark.parametrize("code", errors.ALL)
def test_each_code_has_a_cause_and_a_remedy(code: str) -> None:
    refused = KeyRefused(code, "label")
    assert refused.cause.endswith(".")
    assert refused.remedy.endswith(".")
    assert "{" not in refused.cause + refused.remedy


def test_the_field_to_blame_is_named() -> None:
    assert "label" in KeyRefused(errors.OUT_OF_RANGE, "label").cause


def test_a_code_from_a_newer_key_is_shown_as_it_is() -> None:
    assert "brand_new" in KeyRefused("brand_new").cause
