"""Reads a light's rhythm at its LEDs."""

from __future__ import annotations

from itertools import pairwise

from light_pictures import flashes
from totpkey_firmware.panel.light import Pattern

#: A person tells lengths apart that differ by so much, and counts.
_APART = 1.5


def rhythm(pattern: Pattern) -> list[tuple[int, int]]:
    """One turn of it: for how long each flash lasts, and the dark after it. In ms."""
    seen = list(flashes(pattern, 40_000))
    lengths = [(off - on, later - off) for (on, off), (later, _) in pairwise(seen)]
    turn = next(n for n in range(1, len(lengths) + 1) if lengths[n:] == lengths[:-n])
    return lengths[:turn]


def told_apart(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> bool:
    """Whether a person sees that these are two."""
    if len(one) != len(other):
        return True
    pairs = zip(sum(one, ()), sum(other, ()), strict=True)
    return any(max(a, b) >= _APART * min(a, b) for a, b in pairs)


class Lamp:
    """Keeps the colours that it was told to show."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, ...]] = []

    def show(self, red: int, green: int, blue: int) -> None:
        self.shown.append((red, green, blue))


class Ticks:
    """The key's milliseconds, which wrap."""

    def __init__(self, now: int = 0) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now % (1 << 29)
