"""totpkey help"""

from __future__ import annotations

import click

from totpkey.cli.lazy_group import LazyGroup


@click.command("help")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of COMMAND; with `all`, the list of all commands."""
    shown = context.find_root()
    shown.meta[LazyGroup.ALL] = words == ("all",)
    for word in words if words != ("all",) else ():
        group = shown.command
        if isinstance(group, click.Group):
            _, found, _ = group.resolve_command(shown, [word])
            shown = click.Context(found or group, info_name=word, parent=shown)
    click.echo(shown.get_help())
