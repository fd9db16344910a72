"""The secrets that a test has given to a key or typed, and the search for them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from tests.leaks import spellings
from tests.support.records import message
from totpkey_protocol import commands, fields, words
from totpkey_protocol.errors import Refusal

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
        if spellings.can_be_told(secret):
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
        folded = spellings.fold(data) if self._secrets else b""
        for secret, kind in self._secrets.items():
            views = (spellings.raw_spellings(secret), data), (spellings.folded_spellings(secret), folded)
            for spelled, view in views:
                found |= {(kind, name) for name, spelling in spelled.items() if spelling in view}
            if pieces and any(piece in data for piece in spellings.blocks(secret)):
                found.add((kind, "a piece"))
        return found

    def learn(self, frame: bytes) -> bytes:
        """Add the secrets in a request to the known ones, and return the request without them.

        Only those fields of a command that are meant for a secret may contain one.
        """
        try:
            request = message(frame)
        except (ValueError, RecursionError):
            return frame
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
