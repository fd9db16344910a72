"""totpkey locking"""

from __future__ import annotations

import click

from totpkey.cli.input.whole_number import WholeNumber
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.keys.settings_group import settings_group
from totpkey.cli.keys.states import require_open
from totpkey.cli.output import warn
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking

#: The longest time in minutes that fits the key's 16-bit field of seconds.
_LONGEST = 0xFFFF // 60


def _rows(locking: Locking) -> list[tuple[str, str]]:
    minutes, seconds = divmod(locking.idle, 60)
    after = " ".join([f"{minutes} min"] * (minutes > 0) + [f"{seconds} s"] * (seconds > 0))
    return [
        (
            tr("idle"),
            tr("locks after {after} without a touch", after=after) if locking.idle else tr("does not lock"),
        ),
        (tr("sleep"), tr("locks") if locking.suspend else tr("does not lock")),
    ]


command = settings_group(
    "locking",
    KeyClient.locking,
    _rows,
    help=_("Show when the key locks itself. `totpkey locking set` changes it."),
)


@command.command("set")
@click.option(
    "--idle",
    type=WholeNumber(0, _LONGEST),
    metavar="MINUTES",
    help="Lock after so many minutes without a touch; 0 is never.",
)
@click.option("--suspend/--no-suspend", default=None, help="Lock when the computer goes to sleep, or not.")
@click.pass_obj
def set_(selection: Selection, idle: int | None, suspend: bool | None) -> None:
    """Set when the key locks itself, after a gesture at its button. What is not named stays as it is."""
    if idle is None and suspend is None:
        raise click.UsageError(tr("Name what to set: --idle MINUTES, --suspend or --no-suspend."))
    with connected(selection) as connection:
        require_open(connection.hello.state)
        client = connection.client
        before = client.locking()
        locking = Locking(
            before.idle if idle is None else 60 * idle, before.suspend if suspend is None else suspend
        )
        client.set_locking(locking)
        if client.slots().device:
            warn(tr("The key has neither PIN nor passphrase, so it does not lock: see `totpkey pin set`."))
