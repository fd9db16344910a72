"""A command group for one of a key's settings: without a subcommand it shows it; `set` changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import click

from totpkey.cli.keys.connect import connected
from totpkey.cli.output import show
from totpkey.link.client import KeyClient
from totpkey.link.replies import Locking, Typing

Setting = TypeVar("Setting", Locking, Typing)


def settings_group(
    name: str,
    read: Callable[[KeyClient], Setting],
    rows: Callable[[Setting], list[tuple[str, str]]],
    help: str,
) -> click.Group:
    """Return a group that shows what `read` returns for the key, as `rows` or as JSON."""

    @click.group(name, invoke_without_command=True, help=help)
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.pass_context
    def command(context: click.Context, as_json: bool) -> None:
        if context.invoked_subcommand:
            return
        with connected(context.obj) as connection:
            setting = read(connection.client)
        show(as_json, asdict(setting), rows(setting))

    return command
