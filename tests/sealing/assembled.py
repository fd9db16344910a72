"""An image that nothing runs, with all that the edits look for: assembled from their own listings.

It stands for CircuitPython where no image is at hand, and can be built wrong in any way. Whether the listings
are those of the published images is for `test_published.py` to say.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from totpkey.sealing import edits
from totpkey.sealing.listing import Branch, Call, Fixed, Listing, Load

#: Where code begins, in bytes: behind what else `tests.install.test_image.interpreter` has.
START = 0x400
_RETURN = 0x4770


class Assembler:
    """Puts functions one behind the other."""

    def __init__(self, functions: Mapping[str, str], start: int = START) -> None:
        """`functions`: the listings of what is called, by name; all else that is called returns at once."""
        self._functions = functions
        self._start = start
        self.code = bytearray()
        #: Where each function begins, by name, and for those that are made once in an image.
        self._named: dict[str, int] = {}

    def add(self, text: str) -> int:
        """Add a function behind those that it calls. Return its offset in the image."""
        listing = Listing.read(text)
        targets = {
            item.name: self._callee(item.name) for item in listing.items.values() if isinstance(item, Call)
        }
        at = self._align()
        size = sum(item.size for item in listing.items.values())
        literals = bytearray(size % 4)
        for offset, item in sorted(listing.items.items()):
            here = at + offset
            if isinstance(item, Fixed | Branch):
                self.code += item.encode(offset, listing.labels)
            elif isinstance(item, Call):
                self.code += call(here, targets[item.name])
            elif isinstance(item, Load):
                place = at + size + len(literals)
                self.code += bytes([(place - (here + 4 & ~3)) // 4, 0x48 | item.register])
                literals += item.value.to_bytes(4, "little")
        self.code += literals
        return at

    def _callee(self, name: str) -> int:
        if name not in self._named:
            text = self._functions.get(name)
            self._named[name] = self.add(text) if text else self.halfword(_RETURN)
        return self._named[name]

    def call_once_more(self, name: str) -> None:
        """Add a call of a function that is there."""
        at = self._align()
        self.code += call(at, self._named[name])

    def halfword(self, value: int) -> int:
        at = self._align()
        self.code += value.to_bytes(2, "little")
        return at

    def _align(self) -> int:
        self.code += bytes(-len(self.code) % 4)
        return self._start + len(self.code)


def call(at: int, target: int) -> bytes:
    """Return a BL (ARMv6-M Architecture Reference Manual, A6.7.13)."""
    distance = target - at - 4
    sign = distance < 0
    high, low = distance >> 12 & 0x3FF, distance >> 1 & 0x7FF
    ones = [1 - (distance >> bit & 1 ^ sign) for bit in (23, 22)]
    return struct.pack("<HH", 0xF000 | sign << 10 | high, 0xD000 | ones[0] << 13 | ones[1] << 11 | low)


def functions(variant: int = 0) -> list[tuple[str, edits.Code]]:
    """Return the functions that are edited, with their edits' names, as one of the compilers builds them."""
    built = [(edit.name, builds[variant % len(builds)]) for edit in edits.EDITS for builds in edit.parts]
    return [(name, part) for name, part in built if isinstance(part, edits.Code)]


def all_functions(start: int = START, variant: int = 0) -> bytes:
    """Return the code in which every edit has its place."""
    parts = [part for _name, part in functions(variant)]
    made = Assembler({name: text for part in parts for name, text in part.calls.items()}, start)
    for part in parts:
        made.add(part.text)
        for name, times in part.called.items():
            for _ in range(times - 1):
                made.call_once_more(name)
    return bytes(made.code)


def versions(version: str = "10.1.3") -> bytes:
    """Return the texts with the version, without the line that names the board."""
    return f"\0{version} on 2026-02-20\0".encode()
