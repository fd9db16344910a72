"""totpkey pin"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli.input.no_secrets_in_argv import RedactingGroup
from totpkey.cli.input.prompts import new_pin
from totpkey.cli.keys import locks
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import say, warn
from totpkey.doctor import of_element, of_key
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Slots
from totpkey_protocol.words import PASSPHRASE, PIN

_stdin = click.option("--stdin", "from_stdin", is_flag=True, help="Read the new PIN from standard input.")


@click.group("pin", cls=RedactingGroup)
def command() -> None:
    """Set, change or remove the PIN that opens the key, on its button or by `totpkey unlock`."""


@command.command("set", short_help="Set a PIN.")
@_stdin
@click.pass_obj
def set_(selection: Selection, from_stdin: bool) -> None:
    """Give the key a PIN, after a gesture at its button. From then on it starts locked."""
    with connected(selection) as connection:
        require_open(connection.hello.state)
        if connection.client.slots().pin:
            raise errors.KeyNotReady(
                tr("The key has a PIN already."), tr("Change it with `totpkey pin change`.")
            )
        renewed, slots, fault = _set(connection.client, new_pin(from_stdin))
    say(
        tr(
            "The PIN is set. The key asks for it after it is plugged in: docs/guide/pin.md shows how to"
            " enter it."
        )
    )
    locks.tell_of_older_copies(renewed, PASSPHRASE, PIN)
    _tell_of_element(slots, fault)


@command.command(short_help="Change the PIN.")
@_stdin
@click.pass_obj
def change(selection: Selection, from_stdin: bool) -> None:
    """Give the open key another PIN, after a gesture at its button."""
    with connected(selection) as connection:
        require_open(connection.hello.state)
        locks.require(connection.client.slots(), PIN)
        renewed, slots, fault = _set(connection.client, new_pin(from_stdin))
    say(tr("The PIN is changed."))
    locks.tell_of_older_copies(renewed, PASSPHRASE, PIN)
    _tell_of_element(slots, fault)


def _set(client: KeyClient, pin: str) -> tuple[bool, Slots, str]:
    """Whether the accounts get a new data key, what opens the key then, and what is wrong with the secure
    element that answers, if one does.
    """
    renewed = client.set_pin(pin)
    locks.tell_of_new_card(client, renewed)
    slots = client.slots()
    return renewed, slots, of_element.fault(client) if slots.element else ""


def _tell_of_element(slots: Slots, fault: str) -> None:
    """What its owner has to do before a secure element counts the tries, where there is one."""
    if fault:
        warn(tr("The secure element is not to be trusted: {fault}.", fault=fault))
        warn(tr(of_key.NOT_TRUSTED))
    elif slots.element:
        say(
            tr(
                "Now unplug the key, plug it in and enter the PIN once with its button; the key takes ten"
                " seconds for it. From then on the secure element counts the PIN's tries."
            )
        )
    if slots.element and not slots.passphrase:
        warn(
            tr(
                "Without the element, such a PIN opens nothing. So the key makes use of it only where it has"
                " a passphrase, or all of its accounts are in a backup."
            )
        )


command.add_command(locks.removing(PIN))
