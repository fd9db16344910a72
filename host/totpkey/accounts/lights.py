"""The light of an account in words: “amber, one blink”."""

from __future__ import annotations

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol import lights

#: In the order of `lights.COLOURS`.
_IN_WORDS = (
    *(_("amber, one blink"), _("blue, two blinks"), _("violet, three blinks"), _("teal, four blinks")),
    *(_("yellow, five blinks"), _("pink, six blinks"), _("lime, seven blinks"), _("white, eight blinks")),
)


def in_words(place: int) -> str:
    """That of the account at `place`, from 0, in the key's order."""
    blinks = lights.of_place(place)[1]
    return tr(_IN_WORDS[blinks - 1])
