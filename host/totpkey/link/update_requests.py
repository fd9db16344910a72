"""The requests about a key's firmware and board."""

from __future__ import annotations

import contextlib

from totpkey import errors
from totpkey.link.conversation import REWRITE_WAIT, Conversation
from totpkey.link.replies import Firmware, Health


class UpdateRequests(Conversation):
    """A method for each command."""

    def firmware(self) -> Firmware:
        """The state of the key's firmware."""
        reply = self._ask("firmware")
        return Firmware(**reply | {"kept": bool(reply["kept"])})

    def update(self, length: int, digest: bytes) -> str:
        """Begin an update of `length` bytes with that SHA-256, after a touch. Returns the slot for them."""
        return str(self._ask("update", length=length, digest=digest.hex())["slot"])

    def update_data(self, at: int, data: bytes) -> None:
        """Send the next bytes of an update, at offset `at`."""
        self._ask("update_data", at=at, data=data.hex())

    def update_try(self) -> None:
        """Have the key check the update and restart into it, once. The port vanishes."""
        with contextlib.suppress(errors.PortVanished):
            # The port may vanish before the reply is read. The firmware is checked after the restart.
            self._ask("update_try", REWRITE_WAIT)

    def update_keep(self) -> None:
        """Keep the running firmware for future starts."""
        self._ask("update_keep", REWRITE_WAIT)

    def health(self) -> Health:
        """The board's condition."""
        reply = self._ask("health", REWRITE_WAIT)
        return Health(**reply | {"intact": bool(reply["intact"]), "pull_ups": bool(reply["pull_ups"])})
