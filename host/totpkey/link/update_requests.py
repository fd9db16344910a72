"""The requests about a key's firmware and board."""

from __future__ import annotations

import contextlib

from totpkey import errors
from totpkey.link.conversation import REWRITE_WAIT, Conversation
from totpkey.link.replies import Firmware, Health


class UpdateRequests(Conversation):
    """A method for each command."""

    def firmware(self) -> Firmware:
        """From which slot the key's firmware runs."""
        reply = self._ask("firmware")
        return Firmware(**reply | {"kept": bool(reply["kept"])})

    def update(self, length: int, digest: bytes) -> str:
        """Begin an update with `length` bytes of that SHA-256, after a hold; the slot they are for."""
        return str(self._ask("update", length=length, digest=digest.hex())["slot"])

    def update_data(self, at: int, data: bytes) -> None:
        """The next bytes of an update, from `at` on."""
        self._ask("update_data", at=at, data=data.hex())

    def update_try(self) -> None:
        """All has been sent: have the key check it and restart into it, once. The port goes away."""
        with contextlib.suppress(errors.PortVanished):
            # Before its last bytes are read, perhaps. What the key runs then is asked when it is back.
            self._ask("update_try", REWRITE_WAIT)

    def update_keep(self) -> None:
        """Have the firmware that runs now start from now on."""
        self._ask("update_keep", REWRITE_WAIT)

    def health(self) -> Health:
        """How the board is."""
        reply = self._ask("health", REWRITE_WAIT)
        return Health(**reply | {"intact": bool(reply["intact"]), "pull_ups": bool(reply["pull_ups"])})
