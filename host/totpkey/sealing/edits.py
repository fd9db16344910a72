"""Seals what CircuitPython puts into flash: all edits, what each is for, and what it changes where.

The functions that they change are in `listings.toml`, under the names of the edits. All or nothing: an image
in which one edit has no place, or more than one, is not changed. An edit is not wanted where that build has
no such door (`absent`), which `make admit` finds out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from totpkey.i18n.translation import mark as _
from totpkey.sealing.listing import Listing, Place, callers
from totpkey_volume.circuitpython import SEALED

_MARK = SEALED.encode()
_LISTINGS = Path(__file__).with_name("listings.toml")
#: Each edit: what stays open without it, "" for nothing; and what it does, and why. One that closes nothing
#: makes the key quicker, and an image in which it has no place is sealed without it.
_WORDS = {
    "line-coding": (
        _("while the key is in setup, any program can open its boot loader by the serial port (1200 baud)"),
        _("no reset to the boot loader by the serial port; Python's own request for it stays"),
    ),
    "safe-mode": (
        _("a second reset within a second of plugging in opens safe mode, with drive and console"),
        _("no wait of 1 s for a person who wishes safe mode; a crash still ends in safemode.py"),
    ),
    "double-reset": (
        _("a second reset within 0.2 s opens the boot loader"),
        _("no wait of 0.2 s for a second reset; the BOOT button stays"),
    ),
    "wake-up": (
        _("a code that meets a computer just falling asleep waits 2 s and wakes it"),
        _("a report for a sleeping computer is dropped at once, and wakes nobody"),
    ),
    "get-report": (
        _("a computer can read 55 bytes of the key's memory (GET_REPORT)"),
        _("GET_REPORT gives the report and no byte behind it"),
    ),
    "set-report": (
        _("a computer can crash the key (SET_REPORT without an id)"),
        _("SET_REPORT without an id is passed over, instead of being written through a null pointer"),
    ),
    "imports": (
        "",
        _("no collection of garbage after each module: the key starts sooner, and setup in half the time"),
    ),
    "name": (
        _("the key cannot say that it is sealed"),
        _("CircuitPython's version says that it was changed"),
    ),
}


@dataclass(frozen=True)
class Change:
    """Bytes at an offset in flash, and what comes in their place."""

    at: int
    before: bytes
    after: bytes


class Part(Protocol):
    """A place that an edit changes, as one compiler has built it."""

    def find(self, image: bytes, edited: bool = False) -> list[list[Change]]:
        """The changes at each place that fits; with `edited`, at each that is changed already."""
        ...


@dataclass(frozen=True)
class Code:
    """A function. `calls`: how what it calls begins, by name; `called`: from how many places in the image."""

    text: str
    calls: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, int] = field(default_factory=dict)

    def find(self, image: bytes, edited: bool = False) -> list[list[Change]]:
        listing = Listing.read(self.text)
        return [
            [Change(*change) for change in listing.changes(place)]
            for place in listing.find(image, edited)
            if self._calls_fit(place)
        ]

    def _calls_fit(self, place: Place) -> bool:
        return all(
            Listing.read(text).at(place.image, place.calls[name]) for name, text in self.calls.items()
        ) and all(
            len(callers(place.image, place.calls[name])) == times for name, times in self.called.items()
        )


@dataclass(frozen=True)
class Version:
    """The date of the build in a text, behind the version: it makes room for the mark.

    `before` and `after`: what stands around it. A sealed image keeps the date's six digits.
    """

    before: bytes
    after: bytes

    def find(self, image: bytes, edited: bool = False) -> list[list[Change]]:
        date = re.escape(_MARK) + rb" (\d\d)(\d\d)(\d\d)" if edited else rb" on 20(\d\d)-(\d\d)-(\d\d)"
        pattern = self.before + rb"\d+\.\d+\.\d+[-.\w]*(?P<date>" + date + rb")" + self.after
        return [[self._change(found)] for found in re.finditer(pattern, image)]

    @staticmethod
    def _change(found: re.Match[bytes]) -> Change:
        _date, year, month, day = found.groups()
        official = b" on 20%s-%s-%s" % (year, month, day)
        return Change(found.start("date"), official, _MARK + b" " + year + month + day)


@dataclass(frozen=True)
class Edit:
    """One edit, with its words. `parts`: the places that it changes, each as compilers build it."""

    name: str
    door: str
    reason: str
    parts: tuple[tuple[Part, ...], ...]

    def places(self, image: bytes, edited: bool = False) -> Iterator[list[Change]]:
        """For each part its changes; an empty list where it is not found exactly once."""
        for builds in self.parts:
            found = [changes for build in builds for changes in build.find(image, edited)]
            yield found[0] if len(found) == 1 else []


def _functions() -> dict[str, tuple[Code, ...]]:
    """What `listings.toml` lists, by edit."""
    tables = tomllib.loads(_LISTINGS.read_text(encoding="utf-8"))
    called = tables.pop("calls")
    return {name: tuple(_code(build, builds, called) for build in builds) for name, builds in tables.items()}


def _code(build: Mapping[str, Any], builds: list[dict[str, Any]], called: Mapping[str, str]) -> Code:
    text = build.get("text") or builds[build["like"]]["text"]
    for before, after in build.get("instead", ()):
        if text.count(before) != 1:
            raise ValueError(f"{before!r} is there {text.count(before)} times")
        text = text.replace(before, after)
    calls = {name: called[listing] for name, listing in build["calls"].items()}
    return Code(text, calls, build.get("called", {}))


_PARTS: dict[str, tuple[tuple[Part, ...], ...]] = {
    "name": ((Version(rb"Adafruit CircuitPython ", rb"; "),), (Version(rb"(?<=\x00)", rb"\x00"),)),
    **{name: (builds,) for name, builds in _functions().items()},
}
EDITS = tuple(Edit(name, door, reason, _PARTS[name]) for name, (door, reason) in _WORDS.items())
#: Without these an image is not sealed.
DOORS = tuple(edit for edit in EDITS if edit.door)


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
