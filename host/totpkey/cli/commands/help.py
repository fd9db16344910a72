"""Help: `help` of the commands, and `completion` of them in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from totpkey.cli import powershell
from totpkey.cli.lazy_group import LazyGroup
from totpkey.cli.output import give
from totpkey.i18n.translation import tr


@click.command("help")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help(context: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of COMMAND; with `all`, the list of all commands."""
    shown = context.find_root()
    shown.meta[LazyGroup.ALL] = words == ("all",)
    for word in words if words != ("all",) else ():
        group = shown.command
        if isinstance(group, click.Group):
            _, found, _ = group.resolve_command(shown, [word])
            shown = click.Context(found or group, info_name=word, parent=shown)
    click.echo(shown.get_help())


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands in SHELL. For bash, add to ~/.bashrc:

    eval "$(totpkey completion bash)"

    For PowerShell, add to the file that $PROFILE names:

    totpkey completion powershell | Out-String | Invoke-Expression
    """
    powershell.register()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(tr("There is no completion for {shell}.", shell=shell))
    give(kind(context.find_root().command, {}, "totpkey", "_TOTPKEY_COMPLETE").source())
