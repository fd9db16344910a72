"""The light of an account for people: drawn, and in words: “2 short (violet)”."""

from __future__ import annotations

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import lights

#: In the order of `lights.COLOURS`.
_COLOURS = (
    *(_("amber"), _("violet"), _("teal"), _("blue")),
    *(_("lime"), _("pink"), _("yellow"), _("white")),
)
#: Signs that the fonts of all terminals have (Windows' list WGL4 is the shortest).
_DRAWN = {lights.LONG: "▬", lights.SHORT: "●"}


def colour(place: int) -> str:
    """The colour of the account at `place`, from 0, in the key's order."""
    return tr(_COLOURS[lights.COLOURS.index(lights.of_place(place)[0])])


def drawn(place: int) -> str:
    """Its flashes, with a gap between two digits: “▬● ●●” for account 62."""
    return " ".join("".join(_DRAWN[flash] for flash in digit) for digit in lights.of_place(place)[1])


def in_words(place: int) -> str:
    """Its flashes, digit by digit, and its colour."""
    digits = map(_digit, lights.of_place(place)[1])
    return tr("{flashes} ({colour})", flashes=" – ".join(digits), colour=colour(place))


def _digit(flashes: str) -> str:
    count = flashes.count
    long, short = tr("{count} long", count=count(lights.LONG)), tr("{count} short", count=count(lights.SHORT))
    if lights.LONG in flashes and lights.SHORT in flashes:
        return tr("{long} {short}", long=long, short=short)
    return long if lights.LONG in flashes else short
