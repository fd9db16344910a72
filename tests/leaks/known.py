"""The secrets that a test has handed to a key or typed in, and where they must not be."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from tests.leaks import spellings
from totpkey_protocol import commands, fields, words
from totpkey_protocol.errors import Refusal

#: A PIN of so many digits is no code, and unlike the numbers in any output. A shorter one counts where text
#: is meant to be read, and no digit, letter or sign stands beside it.
LONG_PIN = 9


@dataclass(frozen=True)
class Leak:
    """What was seen where; never the secret itself."""

    where: str
    kind: str
    spelling: str

    def __str__(self) -> str:
        return f"{self.kind} as {self.spelling} in: {self.where}"


@dataclass
class Known:
    """Secrets by what they are. `find` says which of them stand in some data, and how they are written."""

    _secrets: dict[bytes, str] = field(default_factory=dict[bytes, str])
    _short_pins: set[str] = field(default_factory=set[str])

    def add(self, secret: bytes, kind: str) -> None:
        """From now on the secret is searched for, if it can be told from chance."""
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
        """What stands in `data`. `text`: it is meant to be read. `pieces`: parts of a secret count too."""
        leaks = {Leak(where, kind, spelling) for kind, spelling in self._written(data, pieces)}
        if text:
            leaks |= {Leak(where, "a PIN", "text") for pin in self._short_pins if _stands_alone(pin, data)}
        return leaks

    def _written(self, data: bytes, pieces: bool) -> set[tuple[str, str]]:
        found = set()
        folded = spellings.fold(data) if self._secrets else b""
        for secret, kind in self._secrets.items():
            views = (spellings.as_it_is(secret), data), (spellings.folded(secret), folded)
            for spelled, view in views:
                found |= {(kind, name) for name, spelling in spelled.items() if spelling in view}
            if pieces and any(piece in data for piece in spellings.blocks(secret)):
                found.add((kind, "a piece"))
        return found

    def learn(self, frame: bytes) -> bytes:
        """Take the secrets out of a request to the key, know them from now on, and give the rest of it.

        A request may carry a secret in the fields that its command has for one, and nowhere else.
        """
        try:
            request = json.loads(frame)
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
            taken.check(value)
        except Refusal:
            return False
        assert isinstance(value, str)
        if taken.kind == words.PIN:
            self.add_pin(value)
        else:
            self.add(
                bytes.fromhex(value), "a derived key" if taken.name == "derived" else "an account's secret"
            )
        return True


def _stands_alone(pin: str, data: bytes) -> bool:
    return re.search(rb"(?<![\w./-])" + pin.encode() + rb"(?![\w/-])", data) is not None
