"""Draw the light's patterns for the classes of consent and the accounts, using the firmware's own patterns.

python tools/light_pictures.py        (writes docs/pictures/light-*.svg; a test fails while they differ)

How people with protanopia and deuteranopia see them is by the matrices of Machado, Oliveira, Fernandes: A
Physiologically-based Model for Simulation of Color Vision Deficiency, IEEE TVCG 15 (2009), for severity 1.0.
They apply to linear light, which is what an LED's duty is. They are made for the primaries of a screen
(sRGB). An LED's are purer, so this shows which colours fall together, and not how far apart the others look
on a desk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from totpkey_firmware.panel.light import ACCOUNTS as ACCOUNT_COLOURS
from totpkey_firmware.panel.light import ASKING, Pattern, chosen
from totpkey_protocol.consent import CLASSES

Light = tuple[float, ...]
Matrix = tuple[Light, Light, Light]

MATRICES: dict[str, Matrix] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
#: The period drawn, in ms; below, the picture's dimensions in its own units.
_SPAN = 6000
_LEFT, _WIDTH, _HEIGHT = 120, 600, 110
_BARS = (("colour", 16), ("plain LED", 54))
_BAR_HEIGHT = 28
#: How many accounts are drawn, and how many in a row.
ACCOUNTS, _TENS = 250, 10
#: The real light is dim. A picture needs brighter colours.
_BRIGHTER = 3.4


def flashes(pattern: Pattern, span: int = _SPAN) -> Iterator[tuple[int, int]]:
    """Yield when the light goes on and off, in ms from the pattern's beginning."""
    at, lit = pattern.lead, True
    steps = pattern.steps or (span,)
    for lasts in steps * pattern.times if pattern.times else cycle(steps):
        if at >= span:
            return
        if lit:
            yield at, min(at + lasts, span)
        at, lit = at + lasts, not lit


def picture(consent: str) -> str:
    """Return the picture of one class of consent as SVG."""
    gesture, light = CLASSES[consent]
    pattern = ASKING[consent]
    colour = _css(pattern.colour)
    title = f"Class “{consent}”: {light}. Gesture: {gesture}."
    lines = _head(_LEFT + _WIDTH + 20, _HEIGHT, title, 14)
    for name, top in _BARS:
        shown = colour if name == "colour" else "#e8e8e8"
        lines += [
            f'  <text x="12" y="{top + 19}" fill="#c8ccd6">{name}</text>',
            f'  <rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_BAR_HEIGHT}" rx="3" fill="#2f3542"/>',
        ]
        for on, off in flashes(pattern):
            x, width = on * _WIDTH // _SPAN, (off - on) * _WIDTH // _SPAN
            lines.append(
                f'  <rect x="{_LEFT + x}" y="{top}" width="{width}" height="{_BAR_HEIGHT}" fill="{shown}"/>'
            )
    for second in range(_SPAN // 1000 + 1):
        x = _LEFT + second * _WIDTH * 1000 // _SPAN
        lines.append(f'  <text x="{x}" y="102" fill="#8a90a0" text-anchor="middle">{second} s</text>')
    return "\n".join([*lines, "</svg>", ""])


def all_accounts() -> str:
    """Return the picture of the numbers of all accounts, ten in a row, as SVG."""
    column, row, left = 150, 20, 34
    scale = 112 / 6900
    width, height = _TENS * column + 10, ACCOUNTS // _TENS * row + 16
    lines = _head(width, height, f"The flashes of accounts 1 to {ACCOUNTS}, ten in a row.", 11)
    for place in range(ACCOUNTS):
        x, y = place % _TENS * column + 8, place // _TENS * row + 8
        lines.append(f'  <text x="{x + 24}" y="{y + 13}" fill="#c8ccd6" text-anchor="end">{place + 1}</text>')
        bars = "".join(
            f"M{x + left + on * scale:.1f} {y + 9}h{max(2, (off - on) * scale):.1f}"
            for on, off in _once(place)
        )
        fill = _css(ACCOUNT_COLOURS[place % len(ACCOUNT_COLOURS)])
        lines.append(f'  <path d="{bars}" stroke="{fill}" stroke-width="12"/>')
    return "\n".join([*lines, "</svg>", ""])


def to_other_eyes() -> str:
    """Return the picture of nine accounts as they look to three eyes and on a plain LED, as SVG."""
    left, top, column, row, shown = 130, 34, 104, 34, 9
    scale = 96 / 2500
    lines = _head(left + shown * column + 8, top + 4 * row + 8, "Accounts 1 to 9 to four eyes.", 14)
    for place in range(shown):
        x = left + place * column
        lines.append(f'  <text x="{x}" y="22" fill="#c8ccd6">{place + 1}</text>')
        colour = ACCOUNT_COLOURS[place % len(ACCOUNT_COLOURS)]
        fills = [_css(seen(colour, eye)) for eye in MATRICES] + ["#e8e8e8"]
        for number, fill in enumerate(fills):
            for on, off in _once(place):
                lines.append(
                    f'  <rect x="{x + on * scale:.1f}" y="{top + number * row}"'
                    f' width="{(off - on) * scale:.1f}" height="24" fill="{fill}"/>'
                )
    for number, name in enumerate([*MATRICES, "plain LED"]):
        lines.append(f'  <text x="12" y="{top + number * row + 17}" fill="#c8ccd6">{name}</text>')
    return "\n".join([*lines, "</svg>", ""])


def seen(colour: Sequence[float], eye: str) -> Light:
    """Return the colour that looks to a usual eye as `colour` does to this one."""
    return tuple(max(0.0, part) for part in times(MATRICES[eye], colour))


def times(matrix: Matrix, colour: Sequence[float]) -> Light:
    return tuple(sum(factor * part for factor, part in zip(row, colour, strict=True)) for row in matrix)


def _once(place: int) -> list[tuple[int, int]]:
    pattern = chosen(place)
    return [(on - pattern.lead, off - pattern.lead) for on, off in flashes(pattern, 20_000)]


def _css(colour: Sequence[float]) -> str:
    return "#" + "".join(f"{min(255, round(_BRIGHTER * part)):02x}" for part in colour)


def _head(width: int, height: int, title: str, size: int) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-labelledby="t" font-family="DejaVu Sans, Verdana, sans-serif" font-size="{size}">',
        f'  <title id="t">{title}</title>',
        f'  <rect width="{width}" height="{height}" rx="8" fill="#20242e"/>',
    ]


def path(name: str) -> Path:
    """Return the path of a picture: of a class of consent, of "accounts" or "eyes"."""
    return FOLDER / f"light-{name}.svg"


def pictures() -> dict[str, str]:
    """Return all pictures by their names."""
    asking = {consent: picture(consent) for consent in CLASSES}
    return asking | {"accounts": all_accounts(), "eyes": to_other_eyes()}


if __name__ == "__main__":
    for each, drawn in pictures().items():
        path(each).write_text(drawn, encoding="utf-8")
