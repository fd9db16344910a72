"""Links and keys that a file holds and no account of it: they are counted, so that none is lost silently."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import unquote

from totpkey_readers.records import base32
from totpkey_readers.records.problem import Problem

#: Where a link begins, and what ends it. Within, there may be blanks.
_LINK = re.compile(r"(?i)otpauth(?:-migration)?(?::|%3a)(?:/|%2f){2}|steam://(?=[a-z2-7]{16})")
_END = re.compile("[\n\"'<>\\\\]")
_LONGEST_LINK = 1 << 18
#: Base32 by itself or in groups, in one case.
_KEY = re.compile(
    "(?<![A-Za-z0-9+/])(?:[A-Z2-7]{16,400}|[a-z2-7]{16,400}|(?:[A-Z2-7]{4}[ \u00a0-]){3,}[A-Z2-7]{2,4}"
    "|(?:[a-z2-7]{4}[ \u00a0-]){3,}[a-z2-7]{2,4})=*(?![A-Za-z0-9+/])"
)
_SECRET = re.compile(r"(?i)(?:[?&;]|%3f|%26)secret(?:=|%3d)([\w%+=-]*)")
_AFTER = re.compile("//([A-Za-z2-7]+)")
_ESCAPED = re.compile(r"\\(?:u00([0-7][0-9a-fA-F])|[nrtbf]|(.))", re.S)
#: Of so many letters one is a vowel, in a word of any language; a key has fewer.
_WORDY = 4
#: What has these alone is a nonce in hex, as sealed files have: of six million keys one has no others.
_HEX = frozenset("abcdef234567")
_MOST = 10_000
#: How many places are told.
_TOLD = 5

_seen: ContextVar[list[str] | None] = ContextVar("seen", default=None)


@dataclass(frozen=True)
class Stray:
    """What it means (a secret's bytes, or the text itself), and where in its text it stands."""

    meaning: bytes | str
    is_link: bool
    at: int


@contextmanager
def looking() -> Iterator[list[str]]:
    """Within it, all text that readers take in is kept, as they decrypt and unpack it."""
    texts: list[str] = []
    token = _seen.set(texts)
    try:
        yield texts
    finally:
        _seen.reset(token)


def seen(text: str) -> str:
    """Keep a text that a reader has come to, and return it."""
    texts = _seen.get()
    if texts is not None:
        texts.append(text)
    return text


def seen_in(value: object) -> None:
    """Keep all texts of an object."""
    seen("\n".join(_texts_in(value)))


def in_text(text: str) -> Iterator[Stray]:
    """Each link and key in a text, whether JSON, XML or plain."""
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = _ESCAPED.sub(_unescaped, text)
    taken: list[tuple[int, int]] = []
    starts = [found.start() for found in _LINK.finditer(text)]
    for start, following in zip(starts, [*starts[1:], len(text)], strict=False):
        end = _END.search(text, start, min(following, start + _LONGEST_LINK))
        link = text[start : end.start() if end else min(following, start + _LONGEST_LINK)]
        meaning, length = _of_link(link)
        taken.append((start, start + length))
        yield Stray(meaning, True, start)
    at = 0
    for found in _KEY.finditer(text):
        while at < len(taken) and taken[at][1] <= found.start():
            at += 1
        within = at < len(taken) and taken[at][0] <= found.start()
        if not within and _is_key(found[0]):
            yield Stray(_bytes(found[0]), False, found.start())


def in_value(value: object) -> Iterator[Stray]:
    """The same in all texts of an object as JSON has them, or in one text."""
    for text in _texts_in(value):
        yield from in_text(text)


def _texts_in(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
        elif isinstance(one, str):
            yield one


def secret_of(link: str) -> bytes | None:
    """The secret in a key URI; None if it has none that can be read."""
    meaning, _ = _of_link(link)
    return meaning if isinstance(meaning, bytes) else None


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2] or "\n"


def _of_link(link: str) -> tuple[bytes | str, int]:
    """What a link means, and where in it its secret ends."""
    secret = _SECRET.search(link) if link[:6].lower() != "steam:" else _AFTER.search(link)
    if secret and secret[1]:
        return _bytes(unquote(secret[1])), secret.end()
    words = link.split()
    return words[0], len(words[0])


def _bytes(text: str) -> bytes | str:
    try:
        return base32.decode(text, lenient=True)
    except Problem:
        return text


def _is_key(text: str) -> bool:
    digits = base32.squeeze(text)
    if len(digits) % 8 in (1, 3, 6) or _HEX.issuperset(text):
        return False
    if any(character in "234567" for character in digits):
        return True
    joined = text.isalpha() and text.isupper()
    return joined or sum(character in "AEIOU" for character in digits) * _WORDY <= len(digits)


def left_over(texts: list[str], known: set[bytes | str]) -> tuple[int, int, str]:
    """How many links and keys of these texts are not known, each once, and the lines of the first ones."""
    left: dict[bytes | str, Stray] = {}
    lines: list[int] = []
    for text in texts:
        for stray in in_text(text):
            if stray.meaning in known or stray.meaning in left or len(left) >= _MOST:
                continue
            left[stray.meaning] = stray
            if len(lines) < _TOLD:
                lines.append(text.count("\n", 0, stray.at) + 1)
    links = sum(stray.is_link for stray in left.values())
    return links, len(left) - links, ", ".join(map(str, sorted(set(lines))))
