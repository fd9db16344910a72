"""Rules for PINs."""

from __future__ import annotations

from itertools import pairwise

from totpkey import errors
from totpkey.i18n.translation import tr
from totpkey_protocol import limits


def check(pin: str) -> None:
    """Raise InvalidPin for anything but a PIN. A typing error that is found here uses up no try."""
    if not (limits.PIN_LEAST <= len(pin) <= limits.PIN_MOST and pin.isascii() and pin.isdigit()):
        raise errors.InvalidPin(
            tr(
                "A PIN has {pin_least} to {pin_most} digits and nothing else.",
                pin_least=limits.PIN_LEAST,
                pin_most=limits.PIN_MOST,
            ),
            tr("Letters and longer texts are for a passphrase: `totpkey passphrase set`."),
        )


def is_early_guess(pin: str) -> bool:
    """Whether a PIN is one digit repeated or counts up or down, as 4444, 1234 and 9876 do."""
    steps = {(int(second) - int(first)) % 10 for first, second in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}
