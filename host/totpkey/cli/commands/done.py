"""totpkey done"""

from __future__ import annotations

import click

from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say, visible
from totpkey.clock import phrases
from totpkey.i18n.translation import tr
from totpkey_protocol.words import OPEN


@click.command("done")
@click.pass_obj
def command(selection: Selection) -> None:
    """Leave setup. The key is a keyboard again, and its serial port goes away."""
    with connected(selection) as connection:
        again = phrases.next_setting(connection.client.clock())
        is_open = connection.hello.state == OPEN
        chosen = [account.name for account in connection.client.list() if account.chosen] if is_open else []
        connection.client.done()
    say(tr("Done: the key is a keyboard now. Press its button where a code is asked for."))
    for name in chosen:
        say(tr("It types the code of {name}.", name=visible(name)))
    if again:
        say(again)
