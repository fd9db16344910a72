"""Checked access to an export's objects. Errors name the field, never its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from totpkey_readers.records.field_names import is_harmless, plain
from totpkey_readers.records.problem import Problem

#: Decimal digits of the largest accepted number: a counter of eight bytes.
_LONGEST_NUMBER = 20
#: Fields that exports use for an entry's name.
_NAMES = (
    "issuer",
    "issuerName",
    "issuerExt",
    "Issuer",
    "title",
    "name",
    "account_name",
    "account",
    "label",
    "userName",
    "username",
    "Username",
)
#: Objects within an entry that may hold its name.
_WITHIN = ("otp", "content", "login")


class Fields:
    """A JSON object; anything else raises Problem at its first use. A null field counts as absent."""

    def __init__(self, value: object, path: str = "", used: set[str] | None = None) -> None:
        self.value = value
        self._path = path
        #: The paths of the fields that a reader has asked for, also within.
        self._used: set[str] = set() if used is None else used

    def unread(self) -> list[str]:
        """The fields that hold something, that nobody has asked for, and that may change a code."""
        return [] if not isinstance(self.value, dict) else list(self._unread(self.value, self._path))

    def _unread(self, value: dict[str, Any], path: str) -> Iterator[str]:
        for name, inner in value.items():
            asked = (path + name).lower() in self._used
            if asked and isinstance(inner, dict):
                yield from self._unread(inner, f"{path}{name}.")
            elif not (asked or inner in (None, "", [], {}, False) or is_harmless(plain(name))):
                yield path + name

    def leave_out(self, *names: str) -> None:
        """What this app writes beside a code, and what changes none."""
        self._used.update((self._path + name).lower() for name in names)

    def has(self, name: str) -> bool:
        self._used.add((self._path + name).lower())
        return self._object().get(name) is not None

    def is_object(self, name: str) -> bool:
        return isinstance(self._object().get(name), dict)

    def is_text(self, name: str) -> bool:
        return isinstance(self._object().get(name), str)

    def names(self) -> list[str]:
        return list(self._object())

    def items(self) -> Iterable[tuple[str, Any]]:
        return self._object().items()

    def text(self, name: str, default: str | None = None) -> str:
        """A text. Raises Problem, like the other methods."""
        value = self._get(name, default)
        if not isinstance(value, str):
            raise self._damaged(name, "field_text")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number. Some exports write it as a text."""
        value = self._get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER:
            return int(value)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._damaged(name, "field_number")
        return value

    def bytes(self, name: str) -> bytes:
        value = self._get(name, None)
        if not isinstance(value, bytes):
            raise self._damaged(name, "field_text")
        return value

    def list(self, name: str) -> list[Any]:
        value = self._get(name, None)
        if not isinstance(value, list):
            raise self._damaged(name, "field_list")
        return value

    def objects(self, name: str) -> Sequence[Fields]:
        """The objects in a list, which is empty if absent."""
        if not self.has(name):
            return []
        return [Fields(value, f"{self._path}{name}.", self._used) for value in self.list(name)]

    def inside(self, name: str) -> Fields:
        """The object in a field, which is empty if absent."""
        return Fields(self._get(name, {}), f"{self._path}{name}.", self._used)

    def renamed(self, rename: Callable[[str], str]) -> Fields:
        """The same with other names."""
        return Fields({rename(name): value for name, value in self._object().items()}, self._path, self._used)

    def any_name(self) -> str:
        """The entry's name for people, if there is one."""
        if not isinstance(self.value, dict):
            return ""
        objects = [self.value, *(self.value.get(name) for name in _WITHIN)]
        values = [known.get(name) for known in objects if isinstance(known, dict) for name in _NAMES]
        return ":".join(dict.fromkeys(value for value in values if isinstance(value, str) and value))[:80]

    def _get(self, name: str, default: object) -> object:
        self._used.add((self._path + name).lower())
        value = self._object().get(name)
        if value is None:
            value = default
        if value is None:
            raise self._damaged(name, "field_missing")
        return value

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            field = self._path.rstrip(".")
            raise Problem("field_object", field=field) if field else Problem("not_an_object")
        return self.value

    def _damaged(self, name: str, code: str) -> Problem:
        return Problem(code, field=f"{self._path}{name}")
