"""A drill: restores the accounts of a backup onto a simulated key, and compares all that comes back.

The key and the person who holds it are in this process. Its time is its own, so nobody waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from totpkey import errors
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.cli.simulation.choice import DEFAULT_BOARD, simulated_key
from totpkey.errors import PortVanished
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.importers import plan
from totpkey.importers.plan import Contents, Found
from totpkey.keyboard.layouts import Layout, layouts, untypable
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey.link.replies import StoredAccount, Typing
from totpkey_protocol import limits
from totpkey_protocol.errors import FULL
from totpkey_protocol.words import HOTP, TOP_ROW
from totpkey_virtual.key import VirtualKey


class DirectTransport:
    """Reading advances the key's time, so a conversation takes device time only."""

    def __init__(self, key: VirtualKey) -> None:
        self._key = key
        self._pending = b""
        self._check()
        key.open_serial()

    def write(self, data: bytes) -> None:
        self._check()
        self._key.write_serial(data)

    def read(self, timeout_s: float) -> bytes:
        if self._key.plugged:
            self._key.run_until(self._arrived, timeout_s)
        data, self._pending = self._pending, b""
        if not data:
            self._check()
        return data

    def close(self) -> None:
        if self._present():
            self._key.close_serial()

    def _arrived(self) -> bool:
        self._pending += self._key.read_serial()
        return bool(self._pending) or not self._present()

    def _present(self) -> bool:
        enumeration = self._key.usb.enumeration
        return enumeration is not None and enumeration.has_serial

    def _check(self) -> None:
        if not self._present():
            raise PortVanished(
                tr("The simulated key's serial port is gone."),
                tr("Hold its button for 3 s."),
            )


#: How long a person presses, waits between two presses, waits for the light after a count, and holds for
#: setup, in s.
_PRESS, _BETWEEN, _COUNTED, _HOLD = 0.08, 0.12, 1.3, 3.2
#: How long the light may show the result of the request before, in s.
_RESULT = 2.0
#: How long a key takes to start, to change its face, and to be ready then, in s.
_START, _READY = 12.0, 2.5
_BUG = _("This is a fault in totpkey, not in the backup: please report it.")


class RehearsalKey:
    """A context manager for a blank key that is plugged in and in setup."""

    def __init__(self) -> None:
        self._key = simulated_key(DEFAULT_BOARD)

    def __enter__(self) -> Self:
        self._key.plug()
        self._await(serial=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._key.plugged:
            self._key.unplug()

    @property
    def now(self) -> int:
        """The time in the key's world, in Unix seconds."""
        return int(self._key.true_time)

    def client(self) -> KeyClient:
        """Open the key's port as a program does. The person makes each gesture that it shows."""
        client = KeyClient(
            DirectTransport(self._key),
            self._obey,
            now=lambda: self._key.true_time,
            ticks=lambda: self._key.uptime_ms / 1000,
        )
        client.hello()
        return client

    def replug(self) -> None:
        """Cut the key's power, and bring it into setup again. Only its flash and its clock survive."""
        self._key.unplug()
        self._key.plug()
        self._await(serial=False)
        self._key.press(_HOLD)
        self._await(serial=True)

    def _await(self, serial: bool) -> None:
        if not self._key.run_until(lambda: self._shows(serial), _START):
            raise errors.NoAnswer(tr("The simulated key did not start."), tr(_BUG))
        self._key.run(_READY)

    def _shows(self, serial: bool) -> bool:
        enumeration = self._key.usb.enumeration
        return enumeration is not None and enumeration.has_serial == serial

    def _obey(self, touch: Touch) -> None:
        if not touch.begins:
            return
        self._key.run(_RESULT + limits.ANNOUNCED)
        for count in touch.gesture:
            for _press in range(int(count)):
                self._key.press(_PRESS)
                self._key.run(_BETWEEN)
            self._key.run(_COUNTED)


@dataclass(frozen=True)
class Drilled:
    """The result. `wrong` names the accounts that came back otherwise than they are in the backup."""

    accounts: tuple[Account, ...]
    wrong: tuple[str, ...]
    #: The accounts that get another name than in the backup, where two have the same: new name and old one.
    renamed: tuple[tuple[str, str], ...]
    #: Whether a new key must know the keyboard's layout before it takes these accounts.
    needs_layout: bool


def drill(accounts: Sequence[Account]) -> Drilled:
    """Restore these accounts onto a simulated key. Raises InvalidBackup if they do not fit."""
    contents = Contents("", [Found("", account) for account in accounts])
    additions = plan.make(contents, ()).additions
    planned = tuple(addition.account for addition in additions)
    layout = _layout(planned)
    with RehearsalKey() as key:
        with key.client() as client:
            client.set_time(key.now)
            _fill(client, planned, layout)
        # What was only in the key's RAM is gone.
        key.replug()
        with key.client() as client:
            wrong = differing(client, planned)
    renamed = tuple((one.account.name, one.renamed) for one in additions if one.renamed)
    return Drilled(planned, wrong, renamed, layout is not None)


def _layout(accounts: Sequence[Account]) -> Layout | None:
    """A layout that can type all accounts, or None if the digits suffice."""
    if not untypable(accounts, None):
        return None
    every = list(layouts().values())
    return next((one for one in every if not untypable(accounts, one)), every[0])


def _fill(client: KeyClient, accounts: Sequence[Account], layout: Layout | None) -> None:
    """Add the accounts. `KeyClient.add` compares a code of each with this computer's own."""
    if layout:
        # A blank key has no settings yet.
        client.init()
        client.set_typing(Typing(TOP_ROW, 0, 0, 0, layout.name), layout.table)
    for number, account in enumerate(accounts):
        if number % limits.BATCH == 0:
            client.batch(min(len(accounts) - number, limits.BATCH))
        try:
            client.add(account)
        except errors.KeyRefused as refused:
            raise _unfit(account, number, len(accounts), refused) from None


def _unfit(account: Account, number: int, count: int, refused: errors.KeyRefused) -> errors.InvalidBackup:
    if refused.code == FULL:
        return errors.InvalidBackup(
            tr(
                "A key has room for {number} of the backup's {count} accounts.",
                number=number,
                count=count,
            ),
            tr("Share them out to two keys, and make a backup of each."),
        )
    return errors.InvalidBackup(
        tr("A key does not take “{name}”. {cause}", name=account.name, cause=refused.cause), refused.remedy
    )


def differing(client: KeyClient, accounts: Sequence[Account]) -> tuple[str, ...]:
    """The names of the accounts that the key has otherwise, not at their place, or not at all."""
    stored = client.list()
    if len(stored) != len(accounts):
        return tuple(account.name for account in plan.missing(accounts, stored)) or tuple(
            account.name for account in stored
        )
    return tuple(
        account.name
        for account, there in zip(accounts, stored, strict=True)
        if not (_same(account, there) and _same_code(client, account, there.account))
    )


def _same(account: Account, stored: StoredAccount) -> bool:
    return plan.same_settings(account, stored) and (
        (account.issuer, account.label, account.recipe) == (stored.issuer, stored.label, stored.recipe)
        and (account.type != HOTP or account.counter == stored.counter)
    )


def _same_code(client: KeyClient, account: Account, identifier: str) -> bool:
    """Whether the key's code is the one that this computer computes for the same moment."""
    given = client.code(identifier)
    return given.code == codes.of(account, given.time)
