"""Pieces of ARMv6-M machine code, as a disassembly shows them, and the places in an image that hold them.

A listing is text with an instruction a line, and describes whole functions:

    door:  beq open => nop      ; a branch, and what the edit puts in its place
           2900                 ; any other instruction, as 16 bits in hexadecimal; `?` is any digit
           ldr r3 = 20??????    ; a load from the literal pool, by what stands there
           bl ready => nop      ; a call, by the name of what it calls; two NOPs take its place
    open:  bd00

Addresses do not occur in it. Branches go to labels of the listing, calls to functions that have a listing of
their own or to any function, if it is the same one for the same name. (ARMv6-M Architecture Reference Manual,
A5.2 and A6.7.)
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

#: Of a conditional branch, bits 8 to 11.
_CONDITIONS = {"beq": 0, "bne": 1, "bpl": 5, "bhi": 8, "bls": 9, "blt": 11, "bge": 10, "bcc": 3}
_NOP = 0x46C0
#: An instruction, and what the edit makes of it.
_LINE = re.compile(r"(?:(\w+):)?\s*([^;=]*?(?:=\s*[0-9a-f?]{8})?)\s*(?:=>\s*([^;]*?)\s*)?(?:;.*)?")
_HALFWORD = struct.Struct("<H")
_WORD = struct.Struct("<I")


@dataclass(frozen=True)
class Fixed:
    """An instruction whose bits are known, but for those outside of `mask`."""

    value: int
    mask: int = 0xFFFF
    size = 2

    def pattern(self) -> bytes:
        return b"".join(_byte(self.value >> shift & 0xFF, self.mask >> shift & 0xFF) for shift in (0, 8))

    def fits(self, place: Place, at: int) -> bool:
        return True

    def encode(self, at: int, labels: Mapping[str, int]) -> bytes:
        return _HALFWORD.pack(self.value)


@dataclass(frozen=True)
class Branch:
    """A branch to a label; `condition` is None for one that is always taken."""

    condition: int | None
    label: str
    size = 2

    def pattern(self) -> bytes:
        if self.condition is None:
            return b"[\\x00-\\xff][\\xe0-\\xe7]"
        return b"[\\x00-\\xff]" + _byte(0xD0 | self.condition, 0xFF)

    def fits(self, place: Place, at: int) -> bool:
        return place.image[place.start + at :][:2] == self.encode(at, place.listing.labels)

    def encode(self, at: int, labels: Mapping[str, int]) -> bytes:
        distance = (labels[self.label] - at - 4) // 2
        if self.condition is None:
            return _HALFWORD.pack(0xE000 | distance & 0x7FF)
        return _HALFWORD.pack(0xD000 | self.condition << 8 | distance & 0xFF)


@dataclass(frozen=True)
class Load:
    """A load of a literal, which stands in the image behind the function."""

    register: int
    value: int
    mask: int
    size = 2

    def pattern(self) -> bytes:
        return b"[\\x00-\\xff]" + _byte(0x48 | self.register, 0xFF)

    def fits(self, place: Place, at: int) -> bool:
        literal = (place.start + at + 4 & ~3) + 4 * place.image[place.start + at]
        if literal + 4 > len(place.image):
            return False
        return bool(_WORD.unpack_from(place.image, literal)[0] & self.mask == self.value)


@dataclass(frozen=True)
class Call:
    """A call of the function that has this name in the listing."""

    name: str
    size = 4

    def pattern(self) -> bytes:
        return b"[\\x00-\\xff][\\xf0-\\xf7][\\x00-\\xff][\\xd0-\\xff]"

    def fits(self, place: Place, at: int) -> bool:
        target = call_target(place.image, place.start + at)
        return target is not None and place.calls.setdefault(self.name, target) == target

    def encode(self, at: int, target: int) -> bytes:
        """The call, `at` an offset in the image, of the function at another (A6.7.13)."""
        distance = target - at - 4
        sign = distance < 0
        ones = [1 - (distance >> bit & 1 ^ sign) for bit in (23, 22)]
        first = 0xF000 | sign << 10 | distance >> 12 & 0x3FF
        return struct.pack("<HH", first, 0xD000 | ones[0] << 13 | ones[1] << 11 | distance >> 1 & 0x7FF)


@dataclass(frozen=True)
class NoCall:
    """What an edit puts in the place of a call."""

    size = 4

    def pattern(self) -> bytes:
        return re.escape(self.encode(0, {}))

    def fits(self, place: Place, at: int) -> bool:
        return True

    def encode(self, at: int, labels: Mapping[str, int]) -> bytes:
        return 2 * _HALFWORD.pack(_NOP)


#: What an edit may put in the place of an instruction.
Replacement = Fixed | Branch | NoCall
Item = Load | Call | Replacement


@dataclass
class Place:
    """Where a listing may lie in an image. `start`: its offset; `calls`: offsets of what it calls."""

    listing: Listing
    image: bytes
    start: int
    calls: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """A piece of code: its instructions by offset in bytes, their labels, and an edit's replacements."""

    items: Mapping[int, Item]
    labels: Mapping[str, int]
    replacements: Mapping[int, Replacement]

    @classmethod
    def read(cls, text: str) -> Listing:
        """Read the text. Raises ValueError where it cannot be understood."""
        items: dict[int, Item] = {}
        labels: dict[str, int] = {}
        replacements: dict[int, Replacement] = {}
        at = 0
        for line in text.strip().splitlines():
            found = _LINE.fullmatch(line.strip())
            if not found or not found[2]:
                raise ValueError(f"not a line of a listing: {line!r}")
            if found[1]:
                labels[found[1]] = at
            items[at] = _item(found[2])
            if found[3]:
                replacements[at] = _in_place_of(items[at], found[3])
            at += items[at].size
        return cls(items, labels, replacements)

    def find(self, image: bytes, edited: bool = False) -> list[Place]:
        """Where an image holds this code; with `edited`, where it holds it with the replacements made."""
        starts = (at - self._anchor[0] for at in _occurrences(image, self._anchor[1]))
        places = (self.at(image, start, edited) for start in starts if start >= 0 and start % 2 == 0)
        return [place for place in places if place]

    def at(self, image: bytes, start: int, edited: bool = False) -> Place | None:
        """The code at that offset, if it is this one."""
        items = self._edited if edited else self.items
        pattern = self._patterns[edited]
        place = Place(self, image, start)
        fits = pattern.match(image, start) and all(item.fits(place, at) for at, item in items.items())
        return place if fits else None

    def changes(self, place: Place) -> Iterator[tuple[int, bytes, bytes]]:
        """What the edit does there: offset, and the bytes before and after."""
        for at, replacement in sorted(self.replacements.items()):
            yield place.start + at, self._before(place, at), replacement.encode(at, self.labels)

    def _before(self, place: Place, at: int) -> bytes:
        item = self.items[at]
        if isinstance(item, Load):
            raise TypeError(item)
        if isinstance(item, Call):
            return item.encode(place.start + at, place.calls[item.name])
        return item.encode(at, self.labels)

    @cached_property
    def _edited(self) -> Mapping[int, Item]:
        return {**self.items, **self.replacements}

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
        before, after = (
            re.compile(b"".join(item.pattern() for _, item in sorted(items.items())), re.DOTALL)
            for items in (self.items, self._edited)
        )
        return before, after

    @cached_property
    def _anchor(self) -> tuple[int, bytes]:
        """The longest run of bytes that no edit changes, and its offset: what is looked for first."""
        best, run, start = (0, b""), b"", 0
        for at, item in sorted(self.items.items()):
            known = isinstance(item, Fixed) and item.mask == 0xFFFF and at not in self.replacements
            start = start if run else at
            run = run + item.encode(at, self.labels) if known and isinstance(item, Fixed) else b""
            if len(run) > len(best[1]):
                best = start, run
        return best


def call_target(image: bytes, at: int) -> int | None:
    """The offset that the BL at an offset calls; None if there is no BL."""
    if at + 4 > len(image):
        return None
    first, second = struct.unpack_from("<HH", image, at)
    if first >> 11 != 0b11110 or second & 0xD000 != 0xD000:
        return None
    sign = first >> 10 & 1
    ones = 1 - (second >> 13 & 1 ^ sign), 1 - (second >> 11 & 1 ^ sign)
    distance = ones[0] << 23 | ones[1] << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1
    return int(at + 4 + distance - (sign << 24))


def callers(image: bytes, target: int) -> list[int]:
    """The offsets of all BL to an offset."""
    return _calls(image).get(target, [])


@lru_cache(maxsize=2)
def _calls(image: bytes) -> Mapping[int | None, list[int]]:
    """The offsets of all BL, by what they call. Edits ask a dozen times for the same image."""
    halfwords = memoryview(image[: len(image) // 2 * 2]).cast("H")
    found: dict[int | None, list[int]] = {}
    for at in (2 * number for number, first in enumerate(halfwords) if first >> 11 == 0b11110):
        found.setdefault(call_target(image, at), []).append(at)
    return found


def _occurrences(image: bytes, piece: bytes) -> Iterator[int]:
    at = image.find(piece)
    while at >= 0:
        yield at
        at = image.find(piece, at + 1)


def _byte(value: int, mask: int) -> bytes:
    if mask == 0xFF:
        return re.escape(bytes([value]))
    fitting = bytes(byte for byte in range(256) if byte & mask == value)
    return b"[" + b"".join(b"\\x%02x" % byte for byte in fitting) + b"]"


def _bits(text: str) -> tuple[int, int]:
    """Value and mask of hexadecimal digits."""
    return int(text.replace("?", "0"), 16), int("".join("0" if digit == "?" else "f" for digit in text), 16)


def _item(text: str) -> Item:
    words = text.split()
    match words:
        case ["bl", name]:
            return Call(name)
        case ["ldr", register, "=", literal] if re.fullmatch(r"r[0-7]", register):
            return Load(int(register[1]), *_bits(literal))
    return _replacement(text)


def _in_place_of(item: Item, text: str) -> Replacement:
    if isinstance(item, Call) and text == "nop":
        return NoCall()
    if item.size != Fixed.size:
        raise ValueError(f"not in the place of a call: {text!r}")
    return _replacement(text)


def _replacement(text: str) -> Fixed | Branch:
    match text.split():
        case ["nop"]:
            return Fixed(_NOP)
        case ["b", label]:
            return Branch(None, label)
        case [branch, label] if branch in _CONDITIONS:
            return Branch(_CONDITIONS[branch], label)
        case [digits] if re.fullmatch(r"[0-9a-f?]{4}", digits):
            return Fixed(*_bits(digits))
    raise ValueError(f"not an instruction: {text!r}")
