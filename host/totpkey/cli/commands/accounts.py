"""What is done with one account on the key: choose, code, move, recipe, remove, rename."""

from __future__ import annotations

import click

from totpkey import errors
from totpkey.accounts import lights
from totpkey.cli.input.ends import WholeNumber
from totpkey.cli.input.pick_account import find_account, refuse_secret, refuse_taken
from totpkey.cli.input.prompts import is_yes
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give, give_json, say, visible
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey_protocol.words import CODE_PART
from totpkey_readers.records.account import split_name


@click.command("choose")
@click.argument("name")
@click.pass_obj
def choose(selection: Selection, name: str) -> None:
    """Let a press of the button type the code of the account NAME (its id, its name or a part of it).

    The key keeps the choice, as it keeps one that is made with its button.
    """
    with connected(selection) as connection:
        accounts = connection.client.list()
        account = find_account(accounts, name)
        connection.client.choose(account.account)
    light = lights.in_words(accounts.index(account))
    say(tr("Chosen: {name}. Its light: {light}.", name=visible(account.name), light=light))


@click.command("code")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def code(selection: Selection, name: str, as_json: bool) -> None:
    """Print the code of the account NAME (its id, its name or a part of it), after a press on the key."""
    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        code = connection.client.code(account.account)
    if as_json:
        left = account.period - code.time % account.period
        give_json({"account": account.account, "name": account.name, "code": code.code, "seconds_left": left})
    else:
        give(code.code)


@click.command("move")
@click.argument("name")
@click.argument("position", type=WholeNumber(1))
@click.pass_obj
def move(selection: Selection, name: str, position: int) -> None:
    """Put the account NAME (its id, its name or a part of it) at POSITION, where 1 is the first.

    The key offers its accounts in this order, which `totpkey list` shows.
    """
    with connected(selection) as connection:
        accounts = connection.client.list()
        account = find_account(accounts, name)
        if position > len(accounts):
            raise click.UsageError(
                tr("POSITION can be 1 to {accounts}: the key has no more accounts.", accounts=len(accounts))
            )
        connection.client.move(account.account, position - 1)
    say(tr("Moved: {name} is number {position} now.", name=visible(account.name), position=position))


@click.command("recipe")
@click.argument("name")
@click.argument("recipe", default="")
@click.pass_obj
def recipe(selection: Selection, name: str, recipe: str) -> None:
    """Set what a press types for the account NAME (its id, its name or a part of it).

    RECIPE is made of {user} (the account's label), {TAB}, {code} and {ENTER}; left out, it is the code alone.
    '{code}{ENTER}' submits the code, '{user}{TAB}{code}{ENTER}' fills a form. {SLOW} makes the key type this
    account slowly, for one that is used through a remote desktop.
    """
    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        connection.client.recipe(account.account, recipe)
    say(
        tr(
            "A press for {name} types {value} now.",
            name=visible(account.name),
            value=visible(recipe or CODE_PART),
        )
    )


@click.command("remove")
@click.argument("name")
@click.option("-f", "--force", is_flag=True, help="Do not ask; the key still waits for its gesture.")
@click.pass_obj
def remove(selection: Selection, name: str, force: bool) -> None:
    """Remove the account NAME (its id, its name or a part of it) for good, after a gesture at the key."""
    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        if not force:
            _confirm(visible(account.name))
        connection.client.remove(account.account)
    say(tr("Removed: {name}.", name=visible(account.name)))


def _confirm(name: str) -> None:
    question = tr("Remove {name}? Its secret cannot be read back. Type y to remove", name=name)
    if not is_yes(click.prompt(question, default="n", show_default=False, err=True)):
        raise errors.Declined(tr("Nothing was removed."))


_TAKEN = _(
    "Choose another NEW_NAME, or give that one another name first: `totpkey rename {account} …`. Two accounts"
    " of one name cannot be told apart when the key shows them, or by a backup."
)


@click.command("rename")
@click.argument("name")
@click.argument("new_name")
@click.pass_obj
def rename(selection: Selection, name: str, new_name: str) -> None:
    """Give the account NAME (its id, its name or a part of it) the name NEW_NAME: Issuer:label or a label."""
    refuse_secret(new_name)
    with connected(selection) as connection:
        accounts = connection.client.list()
        account = find_account(accounts, name)
        issuer, label = split_name(new_name)
        refuse_taken([other for other in accounts if other != account], issuer, label, _TAKEN)
        connection.client.rename(account.account, issuer, label)
    say(tr("Renamed: {name} is now {new_name}.", name=visible(account.name), new_name=visible(new_name)))
