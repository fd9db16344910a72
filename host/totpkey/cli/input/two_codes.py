"""Asks for two codes of another authenticator, and measures when the second appeared."""

from __future__ import annotations

import string
from dataclasses import dataclass

import click

from totpkey import errors
from totpkey.clock import host_clock
from totpkey.i18n.translation import tr
from totpkey.link.discovery import Connection
from totpkey.link.replies import StoredAccount
from totpkey.system import times
from totpkey_protocol import limits, version
from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.words import DOUBTFUL, STEAM, TRUSTED

#: The digits of codes.
_DIGITS = frozenset(string.digits)
_STEAM = frozenset("23456789" + STEAM_LETTERS)


@dataclass(frozen=True)
class ShownCodes:
    """Two consecutive codes, and when the second appeared (`times.ticks`)."""

    codes: tuple[str, str]
    changed: float

    def age(self) -> int:
        """Return for how many ms the second code has been shown, limited to what the key accepts."""
        return round(1000 * (times.ticks() - self.changed))


def supposed_time(connection: Connection) -> int:
    """Return an estimate of the time, near which the key searches.

    A computer with a dead battery shows a time long past, or the one at which it was switched off. So the
    key's own time is better than an unsynchronised one, and the key's floor better than an earlier one.
    """
    host, clock = times.now(), connection.client.clock()
    plausible = max(version.MADE, clock.floor - limits.SEARCH) <= host < limits.TIME_MOST
    if plausible and host_clock.status() != host_clock.UNSYNCHRONISED:
        return int(host)
    running = connection.hello.clock in (TRUSTED, DOUBTFUL)
    if running and (clock.set or not plausible):
        return connection.client.time().time
    return int(host) if plausible else max(clock.floor, version.MADE)


def ask_two_codes(account: StoredAccount) -> ShownCodes:
    """Ask the user for two codes. Raise Unreadable."""
    first = _ask(tr("The code that the other authenticator shows now"), account)
    click.prompt(tr("Press Enter at the moment it changes"), default="", show_default=False, err=True)
    changed = times.ticks()
    second = _ask(tr("The code that it shows now"), account)
    return ShownCodes((first, second), changed)


def _ask(question: str, account: StoredAccount) -> str:
    code = "".join(str(click.prompt(question, err=True)).split()).upper()
    written = _STEAM if account.type == STEAM else _DIGITS
    if len(code) != account.digits or not written.issuperset(code):
        raise errors.Unreadable(_not_a_code(account), tr("Type it as the other authenticator shows it."))
    return code


def _not_a_code(account: StoredAccount) -> str:
    if account.type == STEAM:
        return tr("That is not a Steam code: it has {count} letters and digits.", count=account.digits)
    return tr("That is not a code of {count} digits.", count=account.digits)
