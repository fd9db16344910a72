"""The lights that ask for a touch, drawn in a terminal: two and a half seconds, 60 ms a character.

The firmware's patterns are not part of the command; a test compares these pictures with them.
"""

from __future__ import annotations

import sys

from totpkey.cli.output import say_coloured
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE

#: How long a character of a picture stands for, in ms.
STEP = 60
LIT = "█"
#: By class of consent: the terminal's colour that is nearest to the light's, and the picture.
PICTURES = {
    USE: ("bright_white", "██··██··██··██··██··██··██··██··██··██··██··"),
    CHANGE: ("cyan", "██···██···············██···██··············█"),
    ACCESS: ("yellow", "█████████████····███············████████████"),
    EVERYTHING: ("red", "████████████████████·······█████████████████"),
}


def draw(consent: str) -> None:
    """Show the light of a request, where there is a terminal to show it in."""
    if consent in PICTURES and sys.stderr.isatty():
        colour, picture = PICTURES[consent]
        say_coloured(f"  {picture}", colour)
