"""totpkey done"""

from __future__ import annotations

import click

from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import say
from totpkey.clock import phrases
from totpkey.i18n.translation import tr


@click.command("done")
@click.pass_obj
def command(selection: Selection) -> None:
    """Leave setup. The key is a keyboard again, and its serial port goes away."""
    with connected(selection) as connection:
        again = phrases.next_setting(connection.client.clock())
        connection.client.done()
    say(tr("Done: the key is a keyboard now. Press its button where a code is asked for."))
    if again:
        say(again)
