"""What people paste where a setup key is asked for: with words around it, in full width, or something else.

page/src/rules/setup_key.js is the same; one table of cases, tests/data/pasted.toml, holds for both.
"""

from __future__ import annotations

import re
import unicodedata

from totpkey_readers.records import base32
from totpkey_readers.records.problem import Problem

_LINK = re.compile(r"(?:otpauth(?:-migration)?:|steam://|^\s*steam:(?=[a-z2-7]{16})).*", re.I | re.S)
#: A label such as "Setup key:", but not the scheme of an address.
_LABEL = re.compile(r"[^:]*:(?!//)\s*")
#: A one-time code. A setup key has more characters.
_CODE = re.compile(r"\d{6,8}")
#: A key by itself, and the lengths that sites give them.
_KEY = re.compile("(?<![A-Za-z0-9])(?:[A-Z2-7]{16,}|[a-z2-7]{16,})=*(?![A-Za-z0-9])")
_LENGTHS = (16, 26, 32, 52, 64)


def setup_key_in(text: str) -> str:
    """The link or setup key in a text. Raises Problem."""
    link = _LINK.search(text)
    if link:
        return link[0].strip()
    # An input method may have made full-width characters of it.
    plain = unicodedata.normalize("NFKC", text).strip()
    label = _LABEL.match(plain)
    plain = plain[label.end() :] if label else plain
    if not plain:
        raise Problem("secret_empty")
    if _CODE.fullmatch(base32.squeeze(plain)):
        raise Problem("secret_is_code")
    return _alone(plain)


def _alone(plain: str) -> str:
    """The only key among words. Raises Problem for several, and for words that may be a part of one."""
    keys = list(dict.fromkeys(_KEY.findall(plain)))
    if len(keys) > 1 and all(len(base32.squeeze(key)) in _LENGTHS for key in keys):
        raise Problem("secret_several")
    if len(keys) == 1:
        return str(keys[0])
    sizes = [len(base32.squeeze(group)) for group in plain.split()]
    _check_groups([size for size in sizes if size])
    return plain


def _check_groups(sizes: list[int]) -> None:
    """Groups have one size; the last may be shorter. Raises Problem for another size, and for words."""
    usual = max(dict.fromkeys(sizes), key=sizes.count, default=0)
    odd = [
        Problem("secret_group", group=group, count=size, usual=usual)
        for group, size in enumerate(sizes, 1)
        if size > usual or (size < usual and group < len(sizes))
    ]
    if len(odd) > 1 or (odd and sum(sizes) < _LENGTHS[0]):
        raise Problem("secret_words")
    for problem in odd:
        raise problem
