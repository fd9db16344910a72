"""Images for the tests of the seal: assembled ones that nothing runs, and the Pico's made another board's.

An assembled image has all that the edits look for, from their own listings. It stands for CircuitPython where
no image is at hand, and can be built wrong in any way. Whether the listings are those of the published images
is for `test_refusals.py` to say.
A board made of the Pico's has another identity, and its own names for the pins. The size of its flash
CircuitPython asks of the flash. What a board has beside that, such as the MacroPad's display, is not in it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

from tests.support.images import content_of, encoded
from totpkey.sealing import edits
from totpkey.sealing.listing import Branch, Call, Fixed, Listing, Load
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.boards import identity
from totpkey_volume.uf2 import FLASH_BASE

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


_PICO = b"raspberry_pi_pico"
#: The boards of which all that the firmware uses can be made so.
LIKE_THE_PICO = [name for name, board in BOARDS.items() if not (board.display or name == _PICO.decode())]


def write(official: Path, board: str, folder: Path) -> Path:
    """Write the image for a board, from the Pico's as it is published."""
    build = _Build(content_of(official.read_bytes()))
    build.identify(board.encode())
    build.name_pins(identity(board).gpio)
    path = folder / f"adafruit-circuitpython-{board}-en_US-10.1.3.uf2"
    path.write_bytes(encoded(bytes(build.content)))
    return path


class _Build:
    """What a build puts into flash. What is new stands behind its end, and pointers are changed."""

    def __init__(self, content: bytes) -> None:
        self.content = bytearray(content)

    def identify(self, board: bytes) -> None:
        old = self._address(_PICO)
        new = self._add(board + b"\0")
        for at in self._places(old):
            # Of a str: type, hash, length, text.
            if self._word(at - 4) == len(_PICO):
                self._put(at - 4, len(board))
            self._put(at, new)
        self.content[self.content.index(b"BOARD=" + _PICO)] ^= 1
        self._add(b"BOARD=" + board + b"\0")

    def name_pins(self, pins: dict[str, int]) -> None:
        """Call so in `board` what it calls by the number. `pins`: GPIO numbers, by name."""
        head, texts, hashes, lengths = self._names()
        first = self._word(head + 4) & 0x7FFFFFFF
        known = {self._text(each): first + number for number, each in enumerate(texts)}
        (table,) = self._places(_name(known["board_id"]))
        for pin, number in pins.items():
            if pin not in known:
                known[pin] = first + len(texts)
                texts.append(self._add(pin.encode() + b"\0"))
                hashes.append(_hash(pin))
                lengths.append(len(pin))
            entries = self._places(_name(known[f"GP{number}"]))
            self._put(next(at for at in entries if at > table), _name(known[pin]))
        # The second word had a flag: sorted. These are not. By the third one's double the next pool is made.
        before, room = self._word(head), self._word(head + 8)
        heads = before, first, room, len(texts), self._add(hashes), self._add(lengths)
        pool = self._add(struct.pack(f"<{6 + len(texts)}I", *heads, *texts))
        for at in self._places(FLASH_BASE + head):
            self._put(at, pool)

    def _names(self) -> tuple[int, list[int], bytearray, bytearray]:
        """Where the build's own names (py/qstr.h: qstr_pool_t) begin; texts, hashes and lengths of all."""
        (at,) = self._places(self._address(b"SMPS_MODE"))
        while self._word(at) >= FLASH_BASE:
            at -= 4
        count, *arrays = (self._word(at + 4 * number) for number in range(3))
        hashes, lengths = (self.content[each - FLASH_BASE :][:count] for each in arrays)
        return at - 12, [self._word(at + 12 + 4 * number) for number in range(count)], hashes, lengths

    def _word(self, at: int) -> int:
        return int.from_bytes(self.content[at : at + 4], "little")

    def _put(self, at: int, value: int) -> None:
        self.content[at : at + 4] = value.to_bytes(4, "little")

    def _add(self, data: bytes | bytearray) -> int:
        """Its address."""
        self.content += bytes(-len(self.content) % 4)
        self.content += data
        return FLASH_BASE + len(self.content) - len(data)

    def _address(self, text: bytes) -> int:
        return FLASH_BASE + self.content.index(b"\0" + text + b"\0") + 1

    def _text(self, address: int) -> str:
        at = address - FLASH_BASE
        return self.content[at : self.content.index(0, at)].decode()

    def _places(self, value: int) -> list[int]:
        words = struct.unpack_from(f"<{len(self.content) // 4}I", self.content)
        return [4 * number for number, each in enumerate(words) if each == value]


def _name(number: int) -> int:
    """The object that is a name (py/obj.h, representation C)."""
    return number << 4 | 6


def _hash(text: str) -> int:
    """As py/qstr.c computes it, in a byte."""
    value = 5381
    for byte in text.encode():
        value = value * 33 ^ byte
    return value & 0xFF or 1
