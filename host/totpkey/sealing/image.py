"""Seals what CircuitPython puts into flash, and tells how much of an image is sealed.

All or nothing: an image in which one edit has no place, or more than one, is not changed. An edit is not
wanted where that build has no such door (`absent`), which `make admit` finds out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from totpkey.sealing.edits import DOORS, EDITS, Change, Edit


class NotSealable(ValueError):
    """Some edits have no place in the image, or no single one: `missing`."""

    def __init__(self, missing: Iterable[Edit]) -> None:
        self.missing = tuple(missing)
        super().__init__(", ".join(edit.name for edit in self.missing))


@dataclass(frozen=True)
class Standing:
    """How each edit stands in an image: made, not made, not wanted, or none of these as far as is known."""

    made: tuple[Edit, ...]
    open: tuple[Edit, ...]
    absent: tuple[Edit, ...]
    unknown: tuple[Edit, ...]

    @property
    def is_sealed(self) -> bool:
        return not self.open and not self.unknown


def changes(content: bytes, absent: Collection[str] = ()) -> list[tuple[Edit, list[Change]]]:
    """What sealing changes, by edit. `content`: that of flash, from its start. Raises NotSealable."""
    every = [(edit, list(edit.places(content))) for edit in EDITS]
    found = [
        (edit, places) for edit, places in every if all(places) or (edit in DOORS and edit.name not in absent)
    ]
    if missing := [edit for edit, places in found if not all(places)]:
        raise NotSealable(missing)
    return [(edit, [change for place in places for change in place]) for edit, places in found]


def seal(content: bytes, absent: Collection[str] = ()) -> bytes:
    """The content with every edit made that is wanted. Raises NotSealable."""
    if standing(content, absent).is_sealed:
        return content
    every = changes(content, absent)
    return _put(content, ((change.at, change.after) for _, each in every for change in each))


def standing(content: bytes, absent: Collection[str] = ()) -> Standing:
    """Which edits an image has."""
    found: dict[str, list[Edit]] = {"made": [], "open": [], "absent": [], "unknown": []}
    for edit in EDITS:
        if all(edit.places(content, edited=True)):
            found["made"].append(edit)
        elif edit in DOORS and all(edit.places(content)):
            found["open"].append(edit)
        else:
            found["absent" if edit.name in absent or edit not in DOORS else "unknown"].append(edit)
    return Standing(**{name: tuple(edits) for name, edits in found.items()})


def unsealed(content: bytes) -> bytes:
    """The content with the edits that it has taken back: the official image, if nothing else was changed."""
    places = [place for edit in standing(content).made for place in edit.places(content, edited=True)]
    return _put(content, ((change.at, change.before) for place in places for change in place))


def _put(content: bytes, every: Iterable[tuple[int, bytes]]) -> bytes:
    result = bytearray(content)
    for at, piece in every:
        result[at : at + len(piece)] = piece
    return bytes(result)
