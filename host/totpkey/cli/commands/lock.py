"""totpkey lock"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli.input.no_secrets_in_argv import RedactingCommand
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say
from totpkey.i18n.translation import tr
from totpkey_protocol.words import BLOCKED, LOCKED, OPEN


@click.command("lock", cls=RedactingCommand)
@click.pass_obj
def command(selection: Selection) -> None:
    """Lock the key now, as unplugging it does."""
    with connected(selection) as connection:
        state, client = connection.hello.state, connection.client
        if state in (LOCKED, BLOCKED):
            say(tr("The key is locked already."))
            return
        if state != OPEN or client.slots().device:
            raise errors.KeyNotReady(
                tr(
                    "Nothing could unlock this key again: it has neither PIN nor passphrase, so it does not "
                    "lock."
                ),
                tr(
                    "Give it one with `totpkey init` while it is new, else with `totpkey pin set` or "
                    "`totpkey passphrase set`."
                ),
            )
        client.lock()
    say(tr("The key is locked."))
