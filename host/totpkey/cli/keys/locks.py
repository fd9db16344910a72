"""Sets and removes PIN and passphrase, for `init`, `pin` and `passphrase`."""

from __future__ import annotations

import contextlib
from dataclasses import astuple

import click

from totpkey import errors
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import say, warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Slots
from totpkey.locks import passphrase
from totpkey_protocol.words import PASSPHRASE

#: What unlocks a key, as users call it.
NAMES = {"pin": _("PIN"), PASSPHRASE: _("passphrase")}
OTHER = {"pin": PASSPHRASE, PASSPHRASE: "pin"}

_SHORT = {"pin": _("Remove the PIN."), PASSPHRASE: _("Remove the passphrase.")}
_HELP = {
    "pin": _("Remove the PIN of the unlocked key, after a gesture at its button."),
    PASSPHRASE: _("Remove the passphrase of the unlocked key, after a gesture at its button."),
}


def set_passphrase(client: KeyClient, text: str) -> bool:
    """Set the passphrase, derived with a fresh salt. Return whether the accounts get a new data key."""
    parameters = passphrase.new_parameters()
    return client.set_passphrase(passphrase.derive(text, parameters), *astuple(parameters))


def tell_of_older_copies(renewed: bool, other: str, to_set: str) -> None:
    """Say what an older copy of the flash opens where the accounts keep their data key.

    `other`: the lock that stays, and was not used to unlock. `to_set`: the one to set for a new data key.
    """
    if not renewed:
        warn(
            tr(
                "The accounts keep their encryption key, since the {other} was not entered. Somebody with an"
                " old copy of the key's memory and the lock of that time can read a new copy, too.",
                other=tr(NAMES[other]),
            )
        )
        warn(
            tr(
                "To end that, unlock the key with its {other}, then set the {name} again.",
                other=tr(NAMES[other]),
                name=tr(NAMES[to_set]),
            )
        )


def tell_of_new_card(client: KeyClient, renewed: bool) -> None:
    """After a change of locks that has `renewed` the data key: say that the key's card is a new one."""
    # Most keys have none.
    with contextlib.suppress(errors.KeyRefused):
        if renewed and client.card():
            warn(tr("The key's card is a new one: files for the one before open no more."))
            warn(tr("Send it again to whoever lends you accounts: `totpkey card` shows it."))


def _remove(client: KeyClient, slot: str, force: bool) -> bool:
    """Remove the PIN or passphrase. Without `force`, ask before removing the last lock.

    Return whether the accounts get a new data key. Raise KeyNotReady or Declined.
    """
    slots = client.slots()
    require(slots, slot)
    if not force and not (slots.pin and slots.passphrase):
        question = tr(
            "Remove the {names}? Anyone who holds the key can then type your codes", names=tr(NAMES[slot])
        )
        if not confirmed(question):
            raise errors.Declined(tr("The {names} is unchanged.", names=tr(NAMES[slot])))
    return client.remove_slot(slot)


def removing(slot: str) -> click.Command:
    """Return the command `remove` of `pin` and of `passphrase`."""
    name = NAMES[slot]

    @click.command("remove", short_help=_SHORT[slot], help=_HELP[slot])
    @click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its gesture.")
    @click.pass_obj
    def command(selection: Selection, force: bool) -> None:
        with connected(selection) as connection:
            require_open(connection.hello.state)
            renewed = _remove(connection.client, slot, force)
            tell_of_new_card(connection.client, renewed)
        say(tr("The {names} is removed.", names=tr(name)))
        tell_of_older_copies(renewed, OTHER[slot], OTHER[slot])

    return command


def require(slots: Slots, slot: str) -> None:
    """Raise KeyNotReady if the key has no such slot."""
    if not getattr(slots, slot):
        raise errors.KeyNotReady(
            tr("The key has no {names}.", names=tr(NAMES[slot])),
            tr("Set one with `totpkey {slot} set`; `totpkey info` shows more.", slot=slot),
        )
