"""The log of uses on a vault's pages and an NVM whose power can fail."""

from __future__ import annotations

import random
from typing import Any, cast

from tests.vault.bench import TORN, CutPlaces, PowerCut
from totpkey_firmware.store.flash_file import Places
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.store.usage_log import UsageLog
from totpkey_firmware.vault.journal import Contents, Journal
from totpkey_firmware.vault.sealing import DataKeys

SIZE = 4096
#: So many marks fit.
ROOM = SIZE // 20
TIME = 1_800_000_000
#: Any data key.
KEY = bytes(range(64))


class Nvm:
    """`microcontroller.nvm`: fresh bytes are programmed, else all is erased first. Power fails at the cut."""

    def __init__(self, content: bytes = b"\xff" * SIZE) -> None:
        self.content = bytearray(content)
        self.erases = 0
        self.cut: tuple[str, int] | None = None

    def __len__(self) -> int:
        return SIZE

    def __getitem__(self, index: slice) -> bytearray:
        return self.content[index]

    def __setitem__(self, index: slice, value: bytes) -> None:
        new = bytes(self.content[: index.start] + value + self.content[index.stop :])
        fresh = self.content[index].count(0xFF) == len(value)
        self.erases += not fresh
        if self.cut:
            torn, seed = self.cut
            if fresh:
                # A program that was broken off has cleared some of its bits.
                noise = random.Random(seed).randbytes(len(value))
                half = bytes(new_byte | drift for new_byte, drift in zip(value, noise, strict=True))
                self.content[index] = half
            else:
                self.content[:] = TORN[torn](bytes(self.content), new, seed)
            raise PowerCut
        self.content[:] = new


class Bench:
    """A key's NVM and vault, from start to start."""

    def __init__(self, path: str) -> None:
        self.flash = CutPlaces(path)
        self.places: Places = self.flash
        self.nvm = Nvm()
        self.key = KEY
        self.start()

    def start(self) -> None:
        self.pool, self.keys = Pool(self.places), DataKeys()
        self.keys.take(bytearray(self.key), bytearray())
        self.uses = UsageLog(cast(Any, self.nvm), self.pool, self.keys, self._journal)

    def _journal(self, log: UsageLog) -> Journal:
        return Journal(self.pool, self.keys, log)

    def journal(self) -> Contents:
        """The journal as the key would tell it."""
        return self._journal(self.uses).read()

    def counts(self, identifiers: range) -> list[int]:
        return [self.uses.of(identifier)[0] for identifier in identifiers]
