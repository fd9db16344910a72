"""The secrets that a test has given to a key or typed, and the search for them in any encoding.

Two views of the data are searched. The raw view finds the bytes, their Python escapes, and base64. The folded
view is in lower case without blanks and grouping characters; it finds hexadecimal, base32, lists of numbers,
and text. Base32 and base64 are found at every alignment, and therefore also within a longer encoded text.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from tests.support.records import message
from totpkey_protocol import commands, fields, words
from totpkey_protocol.errors import Refusal

#: A secret that is shorter or has fewer distinct bytes could occur by chance.
LEAST_BYTES = 8
LEAST_DIFFERENT = 6
#: Where memory may leak in pieces, this many consecutive bytes of a secret count.
BLOCK = 8

_GROUPING = b" \t\r\n-:_,"


def fold(data: bytes) -> bytes:
    """Return the data in lower case, without grouping characters."""
    return data.lower().translate(None, _GROUPING)


def can_be_told(secret: bytes) -> bool:
    """Return whether the secret is too long and varied to occur by chance."""
    return len(secret) >= LEAST_BYTES and len(set(secret)) >= LEAST_DIFFERENT


# The secrets of a life are looked for after each of its events.
@lru_cache(maxsize=4096)
def raw_spellings(secret: bytes) -> Mapping[str, bytes]:
    """Return the encodings to look for in the raw data, by name."""
    found = {"raw": secret, "escaped": repr(secret)[2:-1].encode()}
    for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
        found |= _at_alignments(name, secret, encode, 3, 6)
    return found


@lru_cache(maxsize=4096)
def folded_spellings(secret: bytes) -> Mapping[str, bytes]:
    """Return the encodings to look for in folded data, by name."""
    numbers = ",".join(map(str, secret)).encode()
    found = {"hex": secret.hex().encode(), "numbers": fold(numbers), "text": fold(secret)}
    if len(found["text"]) < LEAST_BYTES:
        del found["text"]
    aligned = _at_alignments("base32", secret, base64.b32encode, 5, 5)
    return found | {name: spelling.lower() for name, spelling in aligned.items()}


def blocks(secret: bytes) -> list[bytes]:
    """Return pieces of the secret, one of which is in any 15 consecutive bytes."""
    pieces = [secret[at : at + BLOCK] for at in range(0, len(secret) - BLOCK + 1, BLOCK)]
    return [piece for piece in pieces if can_be_told(piece)]


def _at_alignments(
    name: str, secret: bytes, encode: Callable[[bytes], bytes], alignments: int, bits: int
) -> dict[str, bytes]:
    """Return the characters that depend only on `secret`, after 0 or more other bytes of the encoded text."""
    found = {}
    for before in range(alignments):
        encoded = encode(bytes(before) + secret)
        first, end = -(-8 * before // bits), 8 * (before + len(secret)) // bits
        found[f"{name} behind {before}"] = encoded[first:end]
    return found


#: A PIN with this many digits is longer than a code and unlike the numbers in any output. A shorter one
#: counts only in text for people, and only without an adjacent digit, letter or sign.
LONG_PIN = 9
#: What a secret is whose field is not an account's.
_KINDS = {"derived": "a derived key", "verifier": "a verifier", "key": "the key of a session"}


@dataclass(frozen=True)
class Leak:
    """The kind and place of a secret that was found; never the secret itself."""

    where: str
    kind: str
    spelling: str

    def __str__(self) -> str:
        return f"{self.kind} as {self.spelling} in: {self.where}"


@dataclass
class Known:
    """Secrets by kind. `find` returns which of them occur in some data, and in which encoding."""

    _secrets: dict[bytes, str] = field(default_factory=dict[bytes, str])
    _short_pins: set[str] = field(default_factory=set[str])

    def add(self, secret: bytes, kind: str) -> None:
        """Search for this secret from now on, if it cannot occur by chance."""
        if can_be_told(secret):
            self._secrets.setdefault(bytes(secret), kind)

    def add_pin(self, pin: str) -> None:
        if len(pin) >= LONG_PIN:
            self._secrets.setdefault(pin.encode(), "a PIN")
        elif len(pin) >= 4:
            self._short_pins.add(pin)

    def clear(self) -> None:
        self._secrets.clear()
        self._short_pins.clear()

    def __len__(self) -> int:
        return len(self._secrets) + len(self._short_pins)

    def find(self, where: str, data: bytes, *, text: bool = False, pieces: bool = False) -> set[Leak]:
        """Return the leaks in `data`. `text`: it is for people. `pieces`: parts of a secret count too."""
        leaks = {Leak(where, kind, spelling) for kind, spelling in self._written(data, pieces)}
        if text:
            leaks |= {Leak(where, "a PIN", "text") for pin in self._short_pins if _stands_alone(pin, data)}
        return leaks

    def _written(self, data: bytes, pieces: bool) -> set[tuple[str, str]]:
        found = set()
        folded = fold(data) if self._secrets else b""
        for secret, kind in self._secrets.items():
            views = (raw_spellings(secret), data), (folded_spellings(secret), folded)
            for spelled, view in views:
                found |= {(kind, name) for name, spelling in spelled.items() if spelling in view}
            if pieces and any(piece in data for piece in blocks(secret)):
                found.add((kind, "a piece"))
        return found

    def learn(self, frame: bytes) -> bytes:
        """Add the secrets in a request to the known ones, and return the request without them.

        Only those fields of a command that are meant for a secret may contain one.
        """
        try:
            request = message(frame)
        except (ValueError, RecursionError):
            # Another program may have left half a line before it.
            before, begun, rest = frame.rpartition(b'{"id"')
            return before + self.learn(begun + rest) if before else frame
        name = request.get("command") if isinstance(request, dict) else None
        command = commands.find(name) if isinstance(name, str) else None
        if command is None:
            return frame
        for taken in command.takes:
            if taken.kind in (fields.SECRET, words.PIN) and self._knows(taken, request.get(taken.name)):
                del request[taken.name]
        return json.dumps(request, ensure_ascii=False).encode(errors="replace")

    def _knows(self, taken: fields.Field, value: object) -> bool:
        try:
            fields.check_value(taken, value)
        except Refusal:
            return False
        assert isinstance(value, str)
        if taken.kind == words.PIN:
            self.add_pin(value)
        else:
            self.add(bytes.fromhex(value), _KINDS.get(taken.name, "an account's secret"))
        return True


def _stands_alone(pin: str, data: bytes) -> bool:
    return re.search(rb"(?<![\w./-])" + pin.encode() + rb"(?![\w/-])", data) is not None
