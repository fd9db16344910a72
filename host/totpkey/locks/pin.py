"""Rules for PINs."""

from __future__ import annotations

import re
from itertools import pairwise

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_protocol import limits

#: The columns of a keypad, in either direction.
_COLUMNS = re.compile("(?:147|2580?|369|741|0?852|963)+")


def check(pin: str) -> None:
    """Raise InvalidLock for anything but a PIN. A typing error that is found here uses up no try."""
    if not (limits.PIN_LEAST <= len(pin) <= limits.PIN_MOST and pin.isascii() and pin.isdigit()):
        raise errors.InvalidLock(
            tr(
                "A PIN has {pin_least} to {pin_most} digits and nothing else.",
                pin_least=limits.PIN_LEAST,
                pin_most=limits.PIN_MOST,
            ),
            tr("Letters and longer texts are for a passphrase: `totpkey passphrase set`."),
        )


def is_early_guess(pin: str) -> bool:
    """Whether a PIN repeats a digit or a block, counts up or down, or goes along a keypad's columns, as 4444,
    1212, 1234, 9876 and 2580 do.
    """
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(pin)}
    counts = len(steps) == 1 and steps <= {1, 9}
    return counts or pin in (pin + pin)[1:-1] or _COLUMNS.fullmatch(pin) is not None
