"""Sets and removes PIN and passphrase, for `init`, `pin` and `passphrase`."""

from __future__ import annotations

from dataclasses import astuple

import click

from totpkey import errors
from totpkey.cli.input.prompts import confirmed
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import say
from totpkey.link.client import KeyClient
from totpkey.link.replies import Slots
from totpkey.locks import passphrase
from totpkey_protocol.words import PASSPHRASE

#: What unlocks a key, as users call it.
NAMES = {"pin": "PIN", PASSPHRASE: "passphrase"}


def set_passphrase(client: KeyClient, text: str) -> None:
    """Set the passphrase, derived with a fresh salt."""
    parameters = passphrase.new_parameters()
    client.set_passphrase(passphrase.derive(text, parameters), *astuple(parameters))


def _remove(client: KeyClient, slot: str, force: bool) -> None:
    """Remove the PIN or passphrase. Without `force`, ask before removing the last lock.

    Raise KeyNotReady or Declined.
    """
    slots = client.slots()
    require(slots, slot)
    if not force and not (slots.pin and slots.passphrase):
        question = f"Remove the {NAMES[slot]}? Whoever holds the key can then type your codes"
        if not confirmed(question):
            raise errors.Declined(f"The {NAMES[slot]} is as it was.")
    client.remove_slot(slot)


def removing(slot: str) -> click.Command:
    """Return the command `remove` of `pin` and of `passphrase`."""
    name = NAMES[slot]

    @click.command("remove", help=f"Take the {name} away from the open key, after a hold of its button.")
    @click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for a hold.")
    @click.pass_obj
    def command(selection: Selection, force: bool) -> None:
        with connected(selection) as connection:
            require_open(connection.hello.state)
            _remove(connection.client, slot, force)
        say(f"The {name} is removed.")

    return command


def require(slots: Slots, slot: str) -> None:
    """Raise KeyNotReady if the key has no such slot."""
    if not getattr(slots, slot):
        raise errors.KeyNotReady(
            f"The key has no {NAMES[slot]}.", f"Set one with `totpkey {slot} set`; `totpkey info` shows more."
        )
