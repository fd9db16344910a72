"""totpkey passphrase"""

from __future__ import annotations

import click

from totpkey.cli.input.no_secrets_in_argv import RedactingGroup
from totpkey.cli.input.prompts import new_passphrase
from totpkey.cli.keys import locks
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import say
from totpkey.i18n.translation import tr
from totpkey_protocol.words import PASSPHRASE, PIN


@click.group("passphrase", cls=RedactingGroup)
def command() -> None:
    """Set, change or remove the passphrase that unlocks the key, by `totpkey unlock`."""


@command.command("set", short_help="Set or change the passphrase.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the new passphrase from standard input.")
@click.pass_obj
def set_(selection: Selection, from_stdin: bool) -> None:
    """Set or change the passphrase of the unlocked key, after a gesture at its button.

    From then on it starts locked.
    """
    with connected(selection) as connection:
        require_open(connection.hello.state)
        renewed = locks.set_passphrase(connection.client, new_passphrase(from_stdin))
        locks.tell_of_new_card(connection.client, renewed)
    say(tr("The passphrase is set. It cannot be recovered: keep a copy of it in a safe place."))
    locks.tell_of_older_copies(renewed, PIN, PASSPHRASE)


command.add_command(locks.removing(PASSPHRASE))
