"""totpkey time"""

from __future__ import annotations

import math
from time import gmtime, strftime
from time import time as now

import click

from totpkey.cli.output import give, give_json, say
from totpkey.cli.session import Selection, connected
from totpkey.synchronise import Offset, measure, synchronise
from totpkey_protocol.words import TRUSTED

#: Offsets below this, in seconds, are as good as none to a code of 30 s.
_AGREES = 0.1


@click.group(
    "time", invoke_without_command=True, short_help="Compare the key's clock with this computer's, or set it."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Show how far the key's clock is from this computer's. `totpkey time sync` sets it."""
    if context.invoked_subcommand:
        return
    with connected(context.obj) as connection:
        clock = connection.hello.clock
        if as_json and clock != TRUSTED:
            give_json({"clock": clock, "time": None, "offset": None})
            return
        offset = measure(connection.client)
    present = now() + offset.seconds
    if as_json:
        give_json({"clock": clock, "time": round(present, 3), "offset": round(offset.seconds, 3)})
    else:
        give(f"{strftime('%Y-%m-%d %H:%M:%S', gmtime(present))} UTC, {in_words(offset)}")


@command.command()
@click.pass_obj
def sync(selection: Selection) -> None:
    """Set the key's clock to this computer's. A change of more than 30 s waits for a press on the key."""
    with connected(selection) as connection:
        left = synchronise(connection.client)
    say(f"The key's clock is set: {in_words(left)}.")


def in_words(offset: Offset) -> str:
    """An offset as a person would say it."""
    size = abs(offset.seconds)
    direction = "ahead of" if offset.seconds > 0 else "behind"
    if size < _AGREES:
        return f"in step with this computer (within {max(1, math.ceil(1000 * size))} ms)"
    return f"{_duration(size)} {direction} this computer"


def _duration(seconds: float) -> str:
    """The two largest units that matter: `1.4 s`, `3 min 12 s`, `2 d 5 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
