"""totpkey enroll"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from totpkey import errors
from totpkey.accounts.account import Account
from totpkey.accounts.account import read as read_account
from totpkey.cli.input import questions
from totpkey.cli.input.names import refuse_secret
from totpkey.cli.input.no_secrets_in_argv import SecretCommand
from totpkey.cli.input.qr_source import QrSource
from totpkey.cli.keys.add_one import (
    account_of,
    ask_setup_key,
    keys_to_add_to,
    refuse_taken_name,
    stored,
)
from totpkey.cli.keys.connect import Selection
from totpkey.cli.keys.states import require_ready
from totpkey.cli.output import give, say, visible
from totpkey.clock.synchronise import synchronise
from totpkey.enroll import guide, recipes
from totpkey.enroll.guide import Guide
from totpkey.enroll.recipes import KEY, QR, Recipe, Way
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr, translator
from totpkey.link.discovery import Connection
from totpkey_protocol.words import BLANK, TRUSTED
from totpkey_readers.records import key_uri, names

_TAKEN = _(
    "Rename the old one (`totpkey rename {account} …`), or run this command again with another name for the"
    ' new one: `--name "{other}"`.'
)


@click.command("enroll", cls=SecretCommand)
@click.argument("site", default="")
@click.option(
    "--name", default="", help="Issuer:label or a label; without it you are asked, or the link says."
)
@click.option("--way", type=click.Choice([KEY, QR]), help="Paste the site's setup key, or read its QR code.")
@click.option("--qr", "picture", metavar="FILE", help="Read the QR code in a picture or PDF.")
@click.option("--camera", is_flag=True, help="Read the QR code held before the camera.")
@click.option(
    "--also", metavar="KEY", help="Add it to this second key too: the beginning of its id, or its port."
)
@click.option("--lenient", is_flag=True, help="Take a setup key that seems to lack its end.")
@click.option("--list", "list_them", is_flag=True, help="List the sites that are known.")
@click.pass_obj
def command(
    selection: Selection,
    site: str,
    name: str,
    way: str | None,
    picture: str | None,
    camera: bool,
    also: str | None,
    lenient: bool,
    list_them: bool,
) -> None:
    """Set up a key at a site, step by step, in English or Chinese as your computer is set.

    Says which page to open and what to click, takes the secret onto the key, and has the key type the first
    code into the site's field when you press its button. SITE is one of those that --list shows.
    """
    refuse_secret(name)
    translate = translator()
    if list_them:
        for known in recipes.load().values():
            give(f"{known.id}  ({translate(known.site)})")
        return
    qr = QrSource(picture or "", camera=camera)
    site_guide = Guide(recipes.find(site) if site else _ask_for_site(), translate)
    with keys_to_add_to(selection, also) as keys:
        _lead(keys, site_guide, qr, QR if qr.count else way, name, lenient)


def _lead(
    keys: Sequence[Connection], site_guide: Guide, qr: QrSource, takes: str | None, name: str, lenient: bool
) -> None:
    """Guide the user from the first page to the code that the site accepts. The first key types the code."""
    for connection in keys:
        _require_ready(connection, site_guide)
    # A user with a picture of the QR code has already been on the pages that lead to it.
    chosen = _way(site_guide, takes)
    if chosen.takes == KEY:
        _require_terminal()
    if site_guide.note:
        say(site_guide.note)
    for step in site_guide.steps(chosen, from_the_start=not qr.count):
        say(step)
    text = _text(site_guide, chosen, qr, lenient)
    reading = read_account(text, name or _missing_name(site_guide, text), lenient=lenient)
    _enrol(keys, site_guide, account_of(reading))


def _require_ready(connection: Connection, site_guide: Guide) -> None:
    require_ready(connection.hello.state)
    if connection.hello.state == BLANK:
        # Its first time needs no gesture.
        synchronise(connection.client)
    elif connection.hello.clock != TRUSTED:
        raise errors.KeyNotReady(tr("The key's clock has lost its time."), site_guide(guide.CLOCK))


def _ask_for_site() -> Recipe:
    known = list(recipes.load().values())
    translate = translator()
    return known[_choose(translate(guide.WHICH_SITE), [translate(recipe.site) for recipe in known])]


def _way(site_guide: Guide, takes: str | None) -> Way:
    """The way that takes this; the recipe's first one if nothing is said."""
    ways = site_guide.recipe.ways
    return next((way for way in ways if way.takes == takes), ways[0])


def _choose(question: str, names: Sequence[str]) -> int:
    for number, name in enumerate(names, 1):
        say(f"  {number}  {name}")
    return questions.choose(question, len(names), default=1) - 1


def _require_terminal() -> None:
    """Require a terminal for a hidden prompt before the guide leads to the secret."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            tr(
                "There is no terminal to paste the setup key into. Run this command in a terminal, without a"
                " pipe; or pipe the setup key to `totpkey add --stdin NAME`."
            )
        )


def _missing_name(site_guide: Guide, text: str) -> str:
    """Ask for a name and return it, or return "" if a URI includes one."""
    if ":" in text and key_uri.read_uri(text.strip(), lenient=True).account.label:
        return ""
    label = ""
    while not names.split(label)[1]:
        label = click.prompt(site_guide(site_guide.recipe.label), err=True)
    refuse_secret(label)
    return label if not site_guide.recipe.issuer or ":" in label else f"{site_guide.recipe.issuer}:{label}"


def _text(site_guide: Guide, way: Way, qr: QrSource, lenient: bool) -> str:
    if qr.count:
        return qr.text()
    if way.takes == KEY:
        return ask_setup_key(site_guide.question(way), lenient, say_hidden=False)
    click.prompt(site_guide.question(way), default="", show_default=False, prompt_suffix="", err=True)
    return QrSource(screen=True).text()


def _enrol(keys: Sequence[Connection], site_guide: Guide, account: Account) -> None:
    refuse_taken_name(keys, account, _TAKEN, other=visible(names.join(account.issuer, "OTHER")))
    added = _stored(keys, site_guide, account)
    say(site_guide(guide.SAVED, name=visible(account.name)))
    if len(keys) > 1:
        say(site_guide(guide.SAVED_TOO, key=visible(keys[1].hello.key)))
    say(site_guide.typing())
    if not questions.agreed(site_guide(guide.ACCEPTED)):
        say(site_guide(guide.NOT_ACCEPTED))
        if not questions.agreed(site_guide(guide.ACCEPTED)):
            raise errors.Declined(
                tr("The site did not accept the code."), site_guide(guide.STILL_NOT, account=added)
            )
    for reminder in site_guide.reminders():
        say(reminder)


def _stored(keys: Sequence[Connection], site_guide: Guide, account: Account) -> str:
    """Store the account on all of the keys and return its id on the first. Raise DoneInPart."""
    try:
        ids = [added.account for _key, added in stored(keys, account)]
    except errors.DoneInPart as part:
        first = {"key": visible(keys[0].hello.key), "name": visible(account.name)}
        raise errors.DoneInPart(
            part.cause, f"{part.remedy}\n{site_guide(guide.CODE_LATER, **first)}"
        ) from None
    return ids[0]
