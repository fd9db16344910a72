"""totpkey lease"""

from __future__ import annotations

from functools import partial

import click

from totpkey import errors
from totpkey.accounts.ends import End
from totpkey.cli.input import ends
from totpkey.cli.input.no_secrets_in_argv import PassphraseCommand
from totpkey.cli.input.pick_account import find_account
from totpkey.cli.input.prompts import new_passphrase, present_passphrase
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr
from totpkey.link.discovery import Connection
from totpkey.link.replies import StoredAccount
from totpkey.locks import passphrase
from totpkey_protocol.errors import WRONG_PASSPHRASE


@click.command("lease", cls=PassphraseCommand)
@click.argument("name")
@ends.options
@click.option("--forever", is_flag=True, help="Take the end away.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the passphrase from standard input.")
@click.pass_obj
def command(selection: Selection, name: str, end: End | None, forever: bool, from_stdin: bool) -> None:
    """Give the account NAME (its id, its name or a part of it) an end, for a key that you lend.

    After its end the key gives no code of the account, and its light says so. You choose a passphrase for it:
    without that, nobody can renew the end, the holder of the key included. Run the command again to renew it.
    An account with an end is in no backup and no clone. What the holder can still do is in
    docs/concepts/lending.md.
    """
    if (end is None) != forever:
        raise click.UsageError(tr("Name an end: --until DATE, --codes N, --hours FROM-TO; or --forever."))
    with connected(selection) as connection:
        require_open(connection.hello.state)
        account = find_account(connection.client.list(), name)
        phrase = (present_passphrase if account.end or forever else new_passphrase)(from_stdin)
        _set(connection, account, end, phrase)
    if end is None:
        say(tr("{name} has no end any more.", name=visible(account.name)))
    else:
        say(tr("{name} is lent: {end}.", name=visible(account.name), end=end.in_words()))


def _set(connection: Connection, account: StoredAccount, end: End | None, phrase: str) -> None:
    derive = partial(passphrase.derive_for_owner, phrase, connection.hello.key, account.account)
    try:
        connection.client.set_end(account.account, end.pack() if end else b"", derive)
    except errors.KeyRefused as refused:
        if refused.code == WRONG_PASSPHRASE:
            raise errors.InvalidLock(
                tr("This is not the passphrase with which the account was lent."),
                tr("Check the keyboard's layout and Caps Lock. Without it, nobody can change the end."),
            ) from None
        raise
