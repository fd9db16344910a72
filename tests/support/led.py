"""What a person sees who watches the key's light: flashes, in milliseconds of device time."""

from __future__ import annotations

from dataclasses import dataclass

from totpkey_protocol.boards import BOARDS
from totpkey_virtual.key import VirtualKey

Colour = tuple[int, ...]


@dataclass(frozen=True)
class Flash:
    """The light was on for `lit` ms, then dark for `dark` ms. A change of colour begins another flash."""

    colour: Colour
    lit: int
    dark: int


def watch(key: VirtualKey, seconds: float) -> list[Flash]:
    """Watch the light for so long. It is looked at each millisecond."""
    seen: list[Flash] = []
    for _ in range(round(1000 * seconds)):
        key.run(0.001)
        colour = key.light
        if not any(colour):
            if seen:
                seen[-1] = Flash(seen[-1].colour, seen[-1].lit, seen[-1].dark + 1)
        elif seen and seen[-1].colour == colour and not seen[-1].dark:
            seen[-1] = Flash(colour, seen[-1].lit + 1, 0)
        else:
            seen.append(Flash(colour, 1, 0))
    return seen


def of_colour(key: VirtualKey, seen: list[Flash], colour: Colour) -> list[Flash]:
    """Return the flashes that have this colour on a board with a NeoPixel. One plain LED shows all alike."""
    shown = (255, 255, 255) if is_plain(key) else colour
    return [flash for flash in seen if flash.colour == shown]


def is_plain(key: VirtualKey) -> bool:
    """Whether the key's light is one plain LED."""
    return len(BOARDS[key.board].light) == 1 and BOARDS[key.board].light != ("NEOPIXEL",)


def flickers(seen: list[Flash]) -> int:
    """Return how often the light flickers, four quick flashes each, before it pauses for long."""
    most = count = 0
    for flash in seen:
        count = count + 1 if flash.lit < 100 else 0
        most = max(most, count)
        count = 0 if flash.dark > 2000 else count
    return most // 4


def lasting(seen: list[Flash], milliseconds: int) -> int:
    """Count the flashes that last so long, give or take the time between two looks of the firmware."""
    return sum(-5 <= flash.lit - milliseconds <= 20 for flash in seen)
