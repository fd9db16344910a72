"""What several commands say of a CircuitPython that is not sealed."""

from __future__ import annotations

from totpkey.i18n.translation import mark as _

OPEN = _(
    "CircuitPython is not sealed: in setup any program can open the boot loader, and so read and replace"
    " everything on the key (docs/concepts/sealed-image.md)."
)
