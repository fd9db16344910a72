"""How a key is reinstalled without losing its accounts. It depends on how the key was made."""

from __future__ import annotations

from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import Firmware
from totpkey_protocol import slots

_BY_IMAGE = _(
    "Install it again with a file from `totpkey image --keep-vault`, which leaves its accounts alone; see"
    " docs/guide/install.md."
)
_BY_BACKUP = _(
    "A file of `totpkey image` may erase this key's accounts, --keep-vault or not: run `totpkey backup FILE`,"
    " install it from one file (docs/guide/install.md), then run `totpkey restore FILE`."
)


def remedy(firmware: Firmware) -> str:
    """What to do with a key that has to be reinstalled."""
    return tr(_BY_IMAGE if fits_image(firmware) else _BY_BACKUP)


def fits_image(firmware: Firmware) -> bool:
    """Whether the key's vault lies where an image of this version leaves it alone."""
    is_copied = firmware.slot == slots.NONE
    return not is_copied and (firmware.layout, firmware.size) == (slots.LAYOUT, slots.SIZE)
