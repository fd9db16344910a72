"""Add one account, to a key or to a key and its spare: `add`, and `enroll` step by step at a site."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import click

from totpkey import errors
from totpkey.accounts.account import Account, Reading
from totpkey.accounts.account import read as read_account
from totpkey.cli.input import prompts
from totpkey.cli.input.no_secrets_in_argv import SecretCommand
from totpkey.cli.input.pick_account import refuse_secret, refuse_taken
from totpkey.cli.input.prompts import ask_hidden, read_stdin
from totpkey.cli.input.qr_source import QrSource
from totpkey.cli.keys.connect import Selection, both, connected, require_ready
from totpkey.cli.output import fail, give, say, visible, warn
from totpkey.clock.synchronise import measure, synchronise
from totpkey.enroll import guides
from totpkey.enroll.guides import KEY, QR, Guide, Recipe, Way
from totpkey.i18n import reader_words
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr, translator
from totpkey.link.client import KeyClient
from totpkey.link.discovery import Connection
from totpkey.link.replies import Added
from totpkey_protocol.errors import CANNOT_TYPE, FULL, NOT_AGREED, NOT_ALLOWED, PRESS_TIMEOUT, UNKNOWN_FIELD
from totpkey_protocol.words import ALGORITHMS, BLANK, DOUBTFUL, HOTP, TRUSTED
from totpkey_readers.records import base32, key_uri, pasted
from totpkey_readers.records.account import joined_name, split_name
from totpkey_readers.records.problem import Problem


@contextmanager
def keys_to_add_to(selection: Selection, also: str | None) -> Iterator[Sequence[Connection]]:
    """The key, and the second one that `--also` names."""
    if also:
        with both(selection, also) as keys:
            yield keys
    else:
        with connected(selection) as connection:
            yield [connection]


def ask_setup_key(question: str, lenient: bool, say_hidden: bool = True) -> str:
    """Ask for a setup key or link until it can be one: a person who mistyped it asks for nothing new."""
    while True:
        text = ask_hidden(question, say_hidden=say_hidden)
        try:
            text = pasted.setup_key_in(text)
            if ":" in text:
                key_uri.read_uri(text, lenient=lenient)
            else:
                base32.decode(text, lenient)
        except Problem as problem:
            cause, remedy = reader_words.explain(problem.note)
            fail(cause)
            say(remedy)
        else:
            return text


def account_of(reading: Reading) -> Account:
    """Pass on what reading it has warned of."""
    for warning in reading.warnings:
        warn(warning)
    return reading.account


def refuse_taken_name(keys: Sequence[Connection], account: Account, remedy: str, **values: str) -> None:
    """Raise AlreadyThere if one of the keys has an account of that name (`refuse_taken`)."""
    for connection in keys:
        refuse_taken(connection.client.list(), account.issuer, account.label, remedy, **values)


def stored(
    keys: Sequence[Connection], account: Account, force: bool = False
) -> Iterator[tuple[Connection, Added]]:
    """Add an account to all keys in turn, where a press then types it. Each must return this computer's code,
    so all codes are equal.

    With `force`, a key may already have an account of that name. Raise DoneInPart if the first key has the
    account and another does not, since running the command again would add it to the first key twice.
    """
    first = keys[0]
    for connection in keys:
        try:
            added = connection.client.add(account)
            connection.client.choose(added.account)
        except errors.TotpkeyError as problem:
            if connection is first:
                raise
            raise _saved_in_part(first, connection, problem, force) from None
        yield connection, added


def _saved_in_part(
    first: Connection, second: Connection, problem: errors.TotpkeyError, force: bool
) -> errors.DoneInPart:
    """Return the error. Its remedy is not a second run, which would add to the first key twice."""
    ids = {"first": visible(first.hello.key), "second": visible(second.hello.key)}
    # A clone omits an account whose name another has.
    if force or not _exports(first.client):
        then = tr(
            "Fix that, then add it to that key alone, with the same setup key: `totpkey --key {second} add`.",
            **ids,
        )
    else:
        then = tr("Fix that, then run `totpkey clone {second}`, which copies what is missing there.", **ids)
    if isinstance(problem, errors.KeyRefused | errors.NotDone):
        cause = tr("Saved on key {first}, not on key {second}: {cause}", cause=problem.cause, **ids)
    else:
        cause = tr("Saved on key {first}. On key {second}: {cause}", cause=problem.cause, **ids)
    return errors.DoneInPart(cause, f"{_remedy_first(problem)}\n{then}".strip())


def _remedy_first(problem: errors.TotpkeyError) -> str:
    """Return the remedy if it is more than running the command again, else an empty string."""
    if isinstance(problem, errors.KeyRefused):
        if problem.code in (PRESS_TIMEOUT, NOT_AGREED):
            return ""
        own = problem.code in (CANNOT_TYPE, FULL, NOT_ALLOWED, UNKNOWN_FIELD)
    else:
        own = isinstance(problem, errors.ProofFailed)
    return problem.remedy if own else tr("Unplug that key, plug it in again and hold its button for 3 s.")


def _exports(client: KeyClient) -> bool:
    """Return whether the key may be cloned. Assume so if it has just been unplugged."""
    try:
        return client.slots().export
    except errors.TotpkeyError:
        return True


#: With a clock further off than this, in seconds, some sites reject the codes.
_CLOCK_OFF = 5
_TAKEN = _(
    "Give the new one another NAME, rename the old one (`totpkey rename {account} …`), or add it beside the"
    " old one with --force."
)


@click.command("add", cls=SecretCommand)
@click.argument("name", default="")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the setup key or link from standard input.")
@click.option("--qr", "picture", metavar="FILE", help="Read a QR code in a picture or PDF.")
@click.option("--screen", is_flag=True, help="Read a QR code on the screen, whichever monitor it is on.")
@click.option("--clipboard", is_flag=True, help="Take the picture or the text in the clipboard.")
@click.option("--camera", is_flag=True, help="Read a QR code held before the camera.")
@click.option(
    "--also", metavar="KEY", help="Add it to this second key too: the beginning of its id, or its port."
)
@click.option(
    "--algorithm", default="SHA1", help=f"For a setup key: {', '.join(ALGORITHMS)}.", show_default=True
)
@click.option("--digits", default=6, help="For a setup key: digits of a code.", show_default=True)
@click.option("--period", default=30, help="For a setup key: seconds per code.", show_default=True)
@click.option("--recipe", default="", help="What a press types: see `totpkey recipe --help`.")
@click.option("--lenient", is_flag=True, help="Take a setup key that seems to lack its end.")
@click.option("-f", "--force", is_flag=True, help="Add it even if the key has one of that name.")
@click.pass_obj
def add(
    selection: Selection,
    name: str,
    from_stdin: bool,
    picture: str | None,
    screen: bool,
    clipboard: bool,
    camera: bool,
    also: str | None,
    algorithm: str,
    digits: int,
    period: int,
    recipe: str,
    lenient: bool,
    force: bool,
) -> None:
    """Add an account from the setup key or the otpauth:// link that a site shows, and prove it.

    NAME is Issuer:label or a label; a link has its own, which NAME overrides. The setup key is asked for,
    read with --stdin, or taken from a QR code; it is never given on the command line. The account counts as
    saved only when the key and this computer agree on its code. From then on a press types it.
    """
    refuse_secret(name)
    qr = QrSource(picture or "", screen, clipboard, camera)
    if qr.count:
        text = qr.text()
    elif from_stdin:
        with errors.in_words():
            text = pasted.setup_key_in(read_stdin(_("setup key or a link")))
    else:
        text = ask_setup_key(tr("Setup key or otpauth:// link"), lenient)
    reading = read_account(text, name, algorithm, digits, period, lenient)
    account = replace(account_of(reading), recipe=recipe)
    with keys_to_add_to(selection, also) as keys:
        _add_to(keys, account, force)


def _add_to(keys: Sequence[Connection], account: Account, force: bool) -> None:
    """Add an account to all of the keys. Raise DoneInPart."""
    for connection in keys:
        require_ready(connection.hello.state)
    if not force:
        refuse_taken_name(keys, account, _TAKEN)
    for connection, added in stored(keys, account, force):
        say(_saved(connection.hello.key if len(keys) > 1 else "", visible(account.name), added.account))
    # Check the clocks last: a key that is unplugged during the check then cannot keep others from being saved
    # to.
    for connection in keys:
        if account.type != HOTP:
            _warn_of_clock(connection)


def _saved(key: str, name: str, account: str) -> str:
    if key:
        return tr(
            "Saved on key {key}: {name} ({account}); key and computer agree on its code.",
            key=visible(key),
            name=name,
            account=account,
        )
    return tr("Saved: {name} ({account}); key and computer agree on its code.", name=name, account=account)


def _warn_of_clock(connection: Connection) -> None:
    """Warn now that sites will reject the codes; else the user would notice only at the next login."""
    if connection.hello.clock == DOUBTFUL:
        warn(tr("The key's clock may be too far off, so it types nothing yet: run `totpkey time sync`."))
    elif connection.hello.clock != TRUSTED:
        warn(tr("The key's clock has lost its time, so it types nothing yet: run `totpkey time sync`."))
    elif abs(measure(connection.client).seconds) > _CLOCK_OFF:
        warn(tr("The key's clock and this computer's differ: `totpkey time` shows by how much."))


_SITE_TAKEN = _(
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
def enroll(
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
        for known in guides.load().values():
            give(f"{known.id}  ({translate(known.site)})")
        return
    qr = QrSource(picture or "", camera=camera)
    site_guide = Guide(guides.find(site) if site else _ask_for_site(), translate)
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
        raise errors.KeyNotReady(tr("The key's clock has lost its time."), site_guide(guides.CLOCK))


def _ask_for_site() -> Recipe:
    known = list(guides.load().values())
    translate = translator()
    return known[_choose(translate(guides.WHICH_SITE), [translate(recipe.site) for recipe in known])]


def _way(site_guide: Guide, takes: str | None) -> Way:
    """The way that takes this; the recipe's first one if nothing is said."""
    ways = site_guide.recipe.ways
    return next((way for way in ways if way.takes == takes), ways[0])


def _choose(question: str, names: Sequence[str]) -> int:
    for number, name in enumerate(names, 1):
        say(f"  {number}  {name}")
    return prompts.choose(question, len(names), default=1) - 1


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
    while not split_name(label)[1]:
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
    refuse_taken_name(keys, account, _SITE_TAKEN, other=visible(joined_name(account.issuer, "OTHER")))
    added = _stored(keys, site_guide, account)
    say(site_guide(guides.SAVED, name=visible(account.name)))
    if len(keys) > 1:
        say(site_guide(guides.SAVED_TOO, key=visible(keys[1].hello.key)))
    say(site_guide.typing())
    if not prompts.agreed(site_guide(guides.ACCEPTED)):
        say(site_guide(guides.NOT_ACCEPTED))
        if not prompts.agreed(site_guide(guides.ACCEPTED)):
            raise errors.Declined(
                tr("The site did not accept the code."), site_guide(guides.STILL_NOT, account=added)
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
            part.cause, f"{part.remedy}\n{site_guide(guides.CODE_LATER, **first)}"
        ) from None
    return ids[0]
