"""The values of an export's objects, each checked. What is wrong is told by its name, never by its value."""

from __future__ import annotations

from typing import Any

#: Decimal digits of the largest number taken: a counter of eight bytes.
_LONGEST_NUMBER = 20
#: Names that exports use for what a person would recognise an entry by.
_NAMES = ("issuer", "issuerName", "issuerExt", "Issuer", "name", "label", "userName", "Username")


class Damaged(Exception):
    """An export that is not as it should be: the reason names the field, and has no value of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Fields:
    """An object of JSON, or Damaged at the first use if it is none. A field that is null counts as absent."""

    def __init__(self, value: object, path: str = "") -> None:
        self._value = value
        self._path = path

    def has(self, name: str) -> bool:
        return self._object().get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text. Raises Damaged; so do the others."""
        value = self._get(name, default)
        if not isinstance(value, str):
            raise self._damaged(name, "is not a text")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number, which some exports write as a text."""
        value = self._get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER:
            return int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._damaged(name, "is not a whole number")
        return value

    def list(self, name: str) -> list[Any]:
        value = self._get(name, None)
        if not isinstance(value, list):
            raise self._damaged(name, "is not a list")
        return value

    def inside(self, name: str) -> Fields:
        """The object in a field; an absent one is empty."""
        return Fields(self._get(name, {}), f"{self._path}{name}.")

    def any_name(self) -> str:
        """What a person would recognise the entry by, as far as it is there."""
        if not isinstance(self._value, dict):
            return ""
        values = (self._value.get(name) for name in _NAMES)
        return ":".join(value for value in values if isinstance(value, str) and value)[:80]

    def _get(self, name: str, default: object) -> object:
        value = self._object().get(name)
        if value is None:
            value = default
        if value is None:
            raise self._damaged(name, "is missing")
        return value

    def _object(self) -> dict[str, Any]:
        if not isinstance(self._value, dict):
            raise Damaged(f"{self._path.rstrip('.') or 'It'} is not an object.")
        return self._value

    def _damaged(self, name: str, what: str) -> Damaged:
        return Damaged(f"Its field {self._path}{name} {what}.")
