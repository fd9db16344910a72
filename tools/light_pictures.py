"""Draw the light's pattern for each class of consent, using the firmware's own patterns.

python tools/light_pictures.py        (writes docs/pictures/light-*.svg; a test fails while they differ)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from totpkey_firmware.panel.light import ASKING, Pattern
from totpkey_protocol.consent import CLASSES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
#: The period drawn, in ms; below, the picture's dimensions in its own units.
_SPAN = 6000
_LEFT, _WIDTH, _HEIGHT = 120, 600, 110
_BARS = (("colour", 16), ("plain LED", 54))
_BAR_HEIGHT = 28
#: The real light is dim. A picture needs brighter colours.
_BRIGHTER = 3.4


def flashes(pattern: Pattern, span: int = _SPAN) -> Iterator[tuple[int, int]]:
    """Yield when the light goes on and off, in ms from the pattern's beginning."""
    at, lit = pattern.lead, True
    for lasts in cycle(pattern.steps or (span,)):
        if at >= span:
            return
        if lit:
            yield at, min(at + lasts, span)
        at, lit = at + lasts, not lit


def picture(consent: str) -> str:
    """Return the picture of one class of consent as SVG."""
    gesture, light = CLASSES[consent]
    pattern = ASKING[consent]
    colour = "#" + "".join(f"{min(255, round(_BRIGHTER * part)):02x}" for part in pattern.colour)
    title = f"Class “{consent}”: {light}. Gesture: {gesture}."
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 20} {_HEIGHT}" role="img"'
        ' aria-labelledby="t" font-family="DejaVu Sans, Verdana, sans-serif" font-size="14">',
        f'  <title id="t">{title}</title>',
        f'  <rect width="{_LEFT + _WIDTH + 20}" height="{_HEIGHT}" rx="8" fill="#20242e"/>',
    ]
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


def path(consent: str) -> Path:
    """Return the path of a class's picture."""
    return FOLDER / f"light-{consent}.svg"


if __name__ == "__main__":
    for each in CLASSES:
        path(each).write_text(picture(each), encoding="utf-8")
