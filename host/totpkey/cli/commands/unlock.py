"""totpkey unlock"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli.input.no_secrets_in_argv import RedactingCommand
from totpkey.cli.input.prompts import present_passphrase, present_pin
from totpkey.cli.keys import locks
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import refusal
from totpkey.cli.output import say
from totpkey.i18n.translation import joined, tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Slots
from totpkey.locks import passphrase
from totpkey_protocol.errors import NO_ELEMENT, TOO_EARLY, TOO_MANY_TRIES, WRONG_PIN
from totpkey_protocol.words import BLANK, BLOCKED, OPEN, PASSPHRASE


@click.command("unlock", cls=RedactingCommand)
@click.option("--passphrase", "by_passphrase", is_flag=True, help="Open it by its passphrase, not its PIN.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the PIN or passphrase from standard input.")
@click.pass_obj
def command(selection: Selection, by_passphrase: bool, from_stdin: bool) -> None:
    """Open the key by its PIN, or by its passphrase where it has no PIN, after a gesture at its button.

    It stays open through `totpkey done`, until it is unplugged or locks itself.
    """
    with connected(selection) as connection:
        state, client = connection.hello.state, connection.client
        if state == OPEN:
            say(tr("The key is unlocked already."))
            return
        if state == BLANK:
            raise errors.KeyNotReady(
                tr("The key is new: it has no lock."), tr("Run `totpkey enroll`, or `totpkey init`.")
            )
        slots = client.slots()
        if slots.with_element and not by_passphrase:
            # Before a PIN is asked for that the key would not take here.
            raise errors.KeyRefused(NO_ELEMENT)
        if slots.pin and not by_passphrase:
            _by_pin(client, slots, from_stdin)
        else:
            _by_passphrase(client, slots, state, from_stdin)
    say(
        tr(
            "The key stays unlocked until it is unplugged or locks itself. `totpkey done` makes it a"
            " keyboard again."
        )
    )


def _by_pin(client: KeyClient, slots: Slots, from_stdin: bool) -> None:
    say(_tries(slots.tries))
    entered = present_pin(from_stdin)
    try:
        client.unlock_pin(entered)
    except errors.KeyRefused as refused:
        if refused.code not in (WRONG_PIN, TOO_MANY_TRIES, TOO_EARLY):
            raise
        raise _still_locked(client, refused) from None


def _still_locked(client: KeyClient, refused: errors.KeyRefused) -> errors.TotpkeyError:
    """Return the error for a rejected PIN, with the remaining tries."""
    if client.hello().state == BLOCKED:
        return refusal(BLOCKED) or refused
    slots = client.slots()
    early = refused.code == TOO_EARLY and slots.wait
    remedy = tr("Wait {wait} s, then try again.", wait=slots.wait) if early else refused.remedy
    return errors.KeyLocked(joined(refused.cause, _tries(slots.tries)), remedy)


def _tries(count: int) -> str:
    return tr("1 try left.") if count == 1 else tr("{count} tries left.", count=count)


def _by_passphrase(client: KeyClient, slots: Slots, state: str, from_stdin: bool) -> None:
    if not slots.passphrase:
        if state == BLOCKED:
            raise errors.KeyLocked(
                tr("The PIN is erased, and the key has no passphrase: nothing unlocks it any more."),
                tr(
                    "`totpkey wipe` erases it; the accounts come back from a backup, or by setting them up"
                    " again at the sites."
                ),
            )
        locks.require(slots, PASSPHRASE)
    parameters = client.passphrase()
    client.unlock_passphrase(passphrase.derive(present_passphrase(from_stdin), parameters))
