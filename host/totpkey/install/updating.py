"""New firmware into a key: sent, tried once, and kept only when it has answered.

docs/decisions/releases.md says why a cut at any moment leaves a key that starts. A key that cannot be
updated is reinstalled; how it keeps its accounts then depends on how it was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from totpkey import errors
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Firmware, Hello
from totpkey_protocol import limits, slots
from totpkey_protocol.boards import BOARDS
from totpkey_volume import layout
from totpkey_volume.fat import VolumeFull

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


#: Called with how many of how many bytes the key has.
Progress = Callable[[int, int], None]


def is_current(client: KeyClient, hello: Hello, files: Mapping[str, bytes]) -> bool:
    """Whether the key has exactly the firmware in the drive's `files`. Raises UpdateFailed."""
    firmware = client.firmware()
    _require_slots(firmware, hello)
    return firmware.digest == _digest(_content(files, hello.board, firmware.slot)).hex()


def send(client: KeyClient, hello: Hello, files: Mapping[str, bytes], progress: Progress) -> None:
    """Send the firmware in `files` and have the key restart into it. The touch of the button comes first.

    Raises UpdateFailed, and what the conversation raises. The key has the old firmware until `keep`.
    """
    firmware = client.firmware()
    _require_slots(firmware, hello)
    if not firmware.kept:
        raise errors.UpdateFailed(
            tr("The key runs firmware on trial, and keeps the one before until that is settled."),
            tr("Unplug the key, plug it in, hold its button for 3 s, and run the command again."),
        )
    target = slots.other(firmware.slot)
    content = _content(files, hello.board, target)
    if client.update(len(content), _digest(content)) != target:
        raise errors.UpdateFailed(
            tr("The key updates another copy of its firmware than it said."), tr("Report this.")
        )
    for at in range(0, len(content), limits.UPDATE):
        client.update_data(at, content[at : at + limits.UPDATE])
        progress(min(at + limits.UPDATE, len(content)), len(content))
    client.update_try()


def keep(client: KeyClient, hello: Hello, files: Mapping[str, bytes]) -> None:
    """The key has come up again: if it runs what was sent, have it do so from now on. Raises UpdateFailed."""
    if not is_current(client, hello, files):
        raise errors.UpdateFailed(
            tr("The new firmware did not start; the key went back to the one it had."),
            tr("Run `totpkey update` again, and report it if that fails too."),
        )
    client.update_keep()


def _require_slots(firmware: Firmware, hello: Hello) -> None:
    if hello.board not in BOARDS:
        raise errors.UpdateFailed(
            tr("The key is on a board that this version does not know."), tr("Update totpkey.")
        )
    if firmware.slot == slots.NONE:
        raise errors.UpdateFailed(
            tr("This key was installed by copying files, so it has no room to be updated in."),
            remedy(firmware),
        )
    if not fits_image(firmware):
        raise errors.UpdateFailed(
            tr("The key's drive has another layout than this version's."), remedy(firmware)
        )


def _content(files: Mapping[str, bytes], board: str, slot: str) -> bytes:
    try:
        return layout.slot_content(files, board, slot)
    except VolumeFull as problem:
        raise errors.UpdateFailed(
            tr("The new firmware does not fit: {problem}", problem=problem), tr("Report this.")
        ) from None


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
