"""The group of all commands, and the function that runs one command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec

import click

from totpkey.cli import exits, help_texts
from totpkey.cli.lazy_group import LazyGroup
from totpkey.errors import TotpkeyError, of_reader
from totpkey.i18n.translation import mark as _
from totpkey_protocol.version import __version__
from totpkey_readers.records.problem import Problem

#: All commands in the order of `help all`: in each group, those that people need first.
GROUPS = {
    _("Set up"): {
        "enroll": _("Set up a key at a site step by step, Amazon Seller Central first."),
        "web": _("Set up a key on a page in the browser."),
        "time": _("Compare the key's clock with this computer's, or set it."),
        "done": _("End set-up: the key is a keyboard again."),
        "init": _("Choose a lock for a new key, and whether it may be backed up."),
        "doctor": _("Say what is wrong with key or computer, and what to do."),
        "info": _("Show which key this is and how it is."),
    },
    _("Accounts"): {
        "add": _("Add an account and prove that its codes are right."),
        "list": _("List the accounts on the key."),
        "import": _("Add all accounts of another authenticator's export."),
        "choose": _("Choose the account that a press types."),
        "rename": _("Give an account another name."),
        "move": _("Put an account at another place in the order."),
        "remove": _("Remove an account for good."),
        "recipe": _("Set what a press types besides an account's code."),
        "code": _("Read an account's code after a press on the key."),
        "lease": _("Lend an account until a date, for some codes, or at some hours."),
        "card": _("Show or make the key's card, for accounts that others lend it."),
        "lend": _("Lend an account to another key, by a file that only that key opens."),
        "accept": _("Take the account of a file onto the key that it was made for."),
        "loans": _("Show what was lent by a file, to whom and until when."),
        "journal": _("Show and check which codes the key gave, when and how."),
    },
    _("Safety"): {
        "backup": _("Save all accounts in a file, encrypted with a passphrase."),
        "restore": _("Put the accounts of a backup onto a key."),
        "clone": _("Copy accounts onto a spare key; the computer sees no secret."),
        "compare": _("Show what a spare key lacks."),
        "pin": _("Set, change or remove the key's PIN."),
        "passphrase": _("Set or remove the key's passphrase."),
        "unlock": _("Unlock the key."),
        "lock": _("Lock the key now."),
        "locking": _("Show or set when the key locks itself."),
        "wipe": _("Erase the key: all its accounts are gone for good."),
    },
    _("Device"): {
        "install": _("Turn a board into a key."),
        "update": _("Bring the key's firmware up to date."),
        "verify": _("Compare a key's firmware with a release's, by its boot loader."),
        "image": _("Make the one file that turns a board into a key."),
        "typing": _("Show or set how the key types."),
        "calibrate": _("Find the way of typing that arrives intact at this computer."),
    },
    _("Developers"): {
        "demo": _("Show the whole way from a secret to a typed code."),
        "simulate": _("Run a simulated key in this terminal."),
        "completion": _("Print a script that completes commands in your shell."),
        "help": _("Show the help of a command, or of all."),
    },
}
#: The modules of several commands, each under its own name. All other commands have modules of their own.
FAMILIES = {
    "accounts": ("choose", "rename", "move", "remove", "recipe", "code"),
    "add": ("enroll", "add"),
    "firmware": ("install", "update"),
    "help": ("completion", "help"),
    "key": ("done", "info", "wipe"),
    "lending": ("lease", "card", "lend", "accept", "loans"),
    "locks": ("init", "pin", "passphrase", "unlock", "lock"),
    "settings": ("locking", "typing", "calibrate"),
    "simulation": ("demo", "simulate"),
    "spare": ("clone", "compare"),
}
#: What `--help` shows: what people need to set up a key, to use it, and to keep it.
FIRST = (
    *("enroll", "web", "done", "doctor", "add", "list", "import", "choose", "code", "card", "lend", "accept"),
    *("backup", "restore", "clone", "pin", "unlock", "time", "install", "update"),
)
#: The seam of extensions: the commands that each adds, their modules, headings and summaries. One that is not
#: installed adds nothing.
EXTENSIONS = {
    "board-test": (
        "totpkey_board_test.command",
        _("Device"),
        _("Test a new board, and write a report of it."),
    )
}
for _name, (_module, _heading, _summary) in EXTENSIONS.items():
    if find_spec(_module.partition(".")[0]):
        GROUPS[_heading][_name] = _summary
MODULES = {name: module for name, (module, _, _) in EXTENSIONS.items()} | {
    name: f"{__package__}.commands.{family}" for family, names in FAMILIES.items() for name in names
}
#: The environment variable by which a shell asks click for completions.
COMPLETE = "_TOTPKEY_COMPLETE"
SUMMARIES = {name: summary for group in GROUPS.values() for name, summary in group.items()}


@click.group(
    cls=LazyGroup,
    package=f"{__package__}.commands",
    groups=GROUPS,
    first=FIRST,
    modules=MODULES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Hold the key's button for 3 s to set it up. Exit codes: 0 done, 1 error, 2 usage, 3 no key or"
    " several, 4 locked, 5 button not pressed, 6 account not found or ambiguous,"
    " 7 done in part.",
)
@click.option("--port", default="", metavar="PATH", help="Serial port of the key, instead of a search.")
@click.option("--key", default="", metavar="ID", help="Beginning of the id of the key, if there are several.")
@click.version_option(__version__, prog_name="totpkey", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, port: str, key: str) -> None:
    """Set up a key that types one-time codes. Without a command it says what to do next."""
    if context.invoked_subcommand in ("image", "verify", "simulate", "demo", "completion", "help"):
        return
    from totpkey.cli.keys.connect import Selection

    context.obj = Selection(port, key)
    if context.invoked_subcommand is None:
        from totpkey.cli.keys.next_step import tell_next_step

        tell_next_step(context.obj)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    help_texts.use_for_click()
    if COMPLETE in os.environ:
        from totpkey.cli import powershell

        powershell.register()
    try:
        # click's own error handling uses different exit codes. In this mode click returns the code of --help.
        code = cli.main(list(arguments), prog_name="totpkey", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return exits.INTERRUPTED
    except TotpkeyError as error:
        return exits.report(error)
    except Problem as problem:
        return exits.report(of_reader(problem))
    return code if isinstance(code, int) else exits.OK
