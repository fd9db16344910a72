"""totpkey wipe"""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey_protocol.errors import STORAGE


@click.command("wipe")
@click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its gesture.")
@click.pass_obj
def command(selection: Selection, force: bool) -> None:
    """Remove all accounts, PIN and passphrase for good, after a gesture at the key's button.

    It works in every state, so it is also the way out for a key that nothing unlocks any more.
    """
    with connected(selection) as connection:
        if not force:
            _confirm(connection.hello.key)
        _wipe(connection.client)
    say(tr("Erased: the key is like new."))


def _wipe(client: KeyClient) -> None:
    try:
        client.wipe()
    except errors.KeyRefused as refused:
        if refused.code != STORAGE:
            raise
        raise errors.DoneInPart(
            tr("The key is erased, but a worn part of its memory still holds old data."),
            tr(
                "Run the command again. If this happens again and nobody may ever read that data, destroy"
                " the board."
            ),
        ) from None


def _confirm(key: str) -> None:
    question = tr(
        "Erase the key? All its accounts are gone for good.\nType wipe, or the key's id ({key}), to go on",
        key=visible(key),
    )
    answer: str = click.prompt(question, default="", show_default=False, err=True)
    if answer.strip().lower() not in ("wipe", key.lower()):
        raise errors.Declined(tr("Nothing was erased."))
