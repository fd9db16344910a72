"""A vault with an element, both on CPython: what can be cut, copied and stolen."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.element.wires import PlainWire, Time
from tests.vault.bench import ARGON2, DERIVED, MINUTE, CutPlaces, Memory, PowerCut, account, fresh
from totpkey_firmware.element.factory import PAIRINGS
from totpkey_firmware.store.pool import Pool
from totpkey_firmware.vault.keeper import Keeper
from totpkey_firmware.vault.vault import Vault
from totpkey_protocol.errors import Refusal
from totpkey_protocol.words import OPEN
from totpkey_virtual import secure_element
from totpkey_virtual.secure_element import SecureElement

PIN, OTHER_PIN, WRONG_PIN = "2580", "13579", "0000"


class Stepping(secure_element.Memory):
    """An element's memory; `told` is called after each step of a command, if it is set."""

    told: Callable[[], None] | None = None

    def step(self, name: str) -> None:
        super().step(name)
        if self.told:
            self.told()

    def copied(self) -> Stepping:
        """One that holds the same, and tells nobody."""
        told, self.told = self.told, None
        try:
            return copy.deepcopy(self)
        finally:
            self.told = told


class LostPower(PlainWire):
    """A wire to an element that takes the key with it when its power fails within a command."""

    def __init__(self, element: SecureElement, time: Time) -> None:
        super().__init__(element, time)
        self.lost = False
        element.on_power_loss = self._lose

    def _lose(self) -> None:
        self.lost = True

    def select(self, selected: bool) -> None:
        super().select(selected)
        if self.lost:
            raise PowerCut


@dataclass(frozen=True)
class Moment:
    """What a key and its element hold at one moment."""

    flash: bytes
    element: Stepping


class Watched(CutPlaces):
    """The file's places; `before` is told of each write."""

    before: Callable[[int, bytes], None] | None = None

    def write(self, place: int, page: bytes | bytearray) -> None:
        if self.before:
            self.before(place, bytes(page))
        super().write(place, page)


class Bench:
    """A key with an element that can be put back to any moment."""

    def __init__(self, folder: Path) -> None:
        self.path = Path(fresh(folder))
        self.memory = Stepping(PAIRINGS[0][1])
        self.time = Time()
        self.connected = True
        #: Told of each write to flash.
        self.before_write: Callable[[int, bytes], None] | None = None

    def moment(self) -> Moment:
        """What it holds now."""
        self.memory.cut_at = None
        return Moment(self.path.read_bytes(), self.memory.copied())

    def put_back(self, moment: Moment) -> None:
        self.path.write_bytes(moment.flash)
        self.memory = moment.element.copied()

    def _plugged(self) -> Pool:
        element = SecureElement(self.time, self.memory)
        element.connected = self.connected
        element.power_on()
        self.time.now += 1.0
        self.element = element
        self.wire = LostPower(element, self.time)
        places = Watched(str(self.path))
        places.before = self.before_write
        return Pool(places)

    def everyday(self) -> Keeper:
        """Plug the key in, in its everyday face, which drives the element."""
        return Keeper(self._plugged(), Memory(), 0, lambda: self.wire)

    def setup(self) -> Vault:
        """The same in setup, which does not."""
        return Vault(self._plugged(), Memory(), 0)

    def opens(self, pin: str) -> bool:
        """Whether that PIN opens it after it was plugged in."""
        try:
            self.opened(pin)
        except Refusal:
            return False
        return True

    def opened(self, pin: str = PIN) -> Keeper:
        """Plugged in, and opened with its button."""
        keeper = self.everyday()
        keeper.unlock_pin(pin, MINUTE)
        return keeper

    def opened_in_setup(self, pin: str = PIN) -> Vault:
        """The same, then in setup, as a hold and the PIN lead there."""
        data_key = self.opened(pin).hand_over()
        vault = self.setup()
        if vault.state != OPEN:
            assert vault.resume(data_key)
        return vault

    def opened_by_passphrase(self) -> Vault:
        vault = self.setup()
        vault.unlock_derived(DERIVED)
        return vault

    @property
    def tries_left(self) -> int:
        return self.setup().locks.tries_left


def with_accounts(bench: Bench, passphrase: bool = True) -> Vault:
    """A key with an account, and a passphrase if asked for."""
    vault = bench.setup()
    vault.create()
    vault.changes.add(account(1))
    if passphrase:
        vault.set_passphrase(DERIVED, *ARGON2)
    return vault


def with_pin(folder: Path, pin: str = PIN) -> Bench:
    """A key whose PIN is one with its element."""
    bench = Bench(folder)
    with_accounts(bench).set_pin(pin)
    assert bench.opened(pin).with_element
    return bench
