"""totpkey completion"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from totpkey.cli import powershell
from totpkey.cli.output import give
from totpkey.i18n.translation import tr


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
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
