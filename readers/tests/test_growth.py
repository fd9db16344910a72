"""Readers of untrusted text take time in proportion to its length: twice the text, twice the time.

The steps of the interpreter and of the pattern engine are not visible, so the test measures processor time.
Only a growth that is far beyond linear fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from totpkey_readers.formats import by_content, markup, pass_entry, totp_authenticator, xml_files
from totpkey_readers.records import base32, fields, key_uri, links

#: A reader of text, the text's beginning, what is repeated in it, and its end.
CASES: dict[str, tuple[Callable[[str], object], str, str, str]] = {
    "base64 with spaces": (totp_authenticator.recognises, "A" * 128, " ", "!"),
    "base64 with signs": (totp_authenticator.recognises, "A" * 128, "=", "!"),
    "a page of comments": (markup.texts_in_code, "<code>", "<!--x", ""),
    "a page of elements": (markup.texts_in_code, "", "<code", ""),
    "a page of half elements": (markup.texts_in_code, "", "<code>", ""),
    "a page of marked sections": (xml_files.is_of_stratum, "<title>stratum backup", "<![", ""),
    "a page of tags": (markup.texts_in_code, "<code>", "<", ""),
    "a name of letters": (key_uri.looks_secret, "", "A", "1"),
    "a name of digits": (key_uri.looks_secret, "", "2", "1"),
    "links on a line": (links.links_in, "", "otpauth://", ""),
    "spaces before a link": (links.links_in, "x", " ", "otpauth://"),
    "fields of an entry": (pass_entry.recognises, "", "a: ", "!"),
    "lines of an entry": (pass_entry.recognises, "", "a a a a:\n", ""),
    "a secret of groups": (by_content.is_secret, "", "AAAA-", "!"),
    "a field's name": (fields.plain, "", "_", "!"),
}


def seconds(read: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun


@pytest.mark.parametrize("name", CASES)
def test_twice_the_text_takes_twice_the_time(name: str) -> None:
    read, begin, repeated, end = CASES[name]
    length = 2000
    took = 0.0
    # Long enough to be measured, unless it is refused for its length, which is the best.
    while took < 0.02 and length < 4_000_000:
        length *= 2
        took = seconds(read, begin + repeated * length + end)
    if took < 0.02:
        return
    longer = min(seconds(read, begin + repeated * (4 * length) + end) for _ in range(2))
    # A quadratic one takes sixteen times as long.
    assert longer < 9 * took, (took, longer, length)


@pytest.mark.parametrize("secret", ["A" * 2_000_000, "A " * 2_000_000, "\u200b" * 4_000_000])
def test_a_secret_is_measured_before_any_work(secret: str) -> None:
    """This took 50 s for 0.7 MB, and grew with the square."""
    begun = time.process_time()
    with pytest.raises(Exception, match="secret_length"):
        base32.decode(secret)
    assert time.process_time() - begun < 1
