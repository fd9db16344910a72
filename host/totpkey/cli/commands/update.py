"""totpkey update"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from totpkey import errors
from totpkey.cli.keys import given_release
from totpkey.cli.keys.connect import Selection, opened
from totpkey.cli.output import progress, say, visible
from totpkey.i18n.translation import tr
from totpkey.link.discovery import Connection
from totpkey.system import times

if TYPE_CHECKING:
    from totpkey.cli.keys.given_release import Given

#: The longest time for the key to come back, and the polling interval, in s.
_RESTART = 30.0
_LOOK = 0.25


@click.command("update")
@click.option("--force", is_flag=True, help="Send it even if the key has this very firmware.")
@given_release.options
@click.pass_obj
def command(selection: Selection, force: bool, given: Given) -> None:
    """Bring the key's firmware to the version of this command. The key has to be in setup, and open.

    Make the gesture that it shows. The accounts stay. If the cable is pulled in between, the key starts
    with the firmware it had. With --release it brings the firmware of a downloaded release, which has to be
    signed. A key with a newer version is left alone.
    """
    from totpkey.install import updating

    source = given.opened() or given_release.Own()
    files, version = source.files, source.version
    with _opened(selection) as connection:
        client, hello = connection.client, connection.hello
        if updating.is_current(client, hello, files) and not (force and client.firmware().kept):
            client.update_keep()
            say(
                tr(
                    "The key already has firmware {firmware}, which this command brings.",
                    firmware=visible(hello.firmware),
                )
            )
            return
        cause = tr(
            "Firmware {version} is older than the key's ({firmware}), or cannot be compared with it.",
            version=version,
            firmware=visible(hello.firmware),
        )
        given_release.require_not_older(version, hello.firmware, given.older, cause)
        say(
            tr(
                "The key has firmware {firmware}; it will be updated to {version__}.",
                firmware=visible(hello.firmware),
                version__=version,
            )
        )
        with progress(tr("Sending")) as show:
            updating.send(client, hello, files, show)
    with _opened(Selection(selection.port, hello.key), times.ticks() + _RESTART) as connection:
        updating.keep(connection.client, connection.hello, files)
        firmware = visible(connection.hello.firmware)
        say(
            tr(
                "Done: the key runs firmware {firmware} from now on. `totpkey done` ends setup.",
                firmware=firmware,
            )
        )


@contextmanager
def _opened(selection: Selection, until: float = 0) -> Iterator[Connection]:
    """Connect to the key, whatever version it speaks. Wait for it until the time `until`."""
    while True:
        try:
            connection = opened(selection, any_version=True)
            break
        except (errors.NoKey, errors.TransportError, errors.NoAnswer):
            if times.ticks() >= until:
                raise
            times.wait(_LOOK)
    with connection.client:
        yield connection
