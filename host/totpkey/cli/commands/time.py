"""totpkey time"""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import datetime

import click

from totpkey import errors
from totpkey.cli.input.ends import WholeNumber
from totpkey.cli.keys.connect import Selection, connected
from totpkey.cli.output import give, give_json, give_table, say, warn
from totpkey.clock import host_clock, phrases
from totpkey.clock.synchronise import GOAL, measure, synchronise
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.discovery import Connection
from totpkey.link.replies import ClockChange, StoredAccount
from totpkey.system import times
from totpkey_protocol import limits, version
from totpkey_protocol.commands import STEAM_LETTERS
from totpkey_protocol.words import BACK, CODES, DOUBTFUL, FORWARD, LOST, STEAM, TRUSTED

_REASONS = {
    FORWARD: _("set forward by more than it drifts"),
    BACK: _("set back by more than it drifts"),
    LOST: _("set after it had lost its time"),
    CODES: _("set by the codes of another authenticator"),
}


@click.group("time", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Show how far the key's clock is from this computer's. `totpkey time sync` sets it."""
    if context.invoked_subcommand:
        return
    with connected(context.obj) as connection:
        state = connection.hello.clock
        if as_json and state not in (TRUSTED, DOUBTFUL):
            give_json({"clock": state, "time": None, "offset": None, "off": None, "until": None})
            return
        offset = measure(connection.client)
        clock = connection.client.clock()
    present = times.now() + offset.seconds
    if as_json:
        give_json(
            {
                "clock": state,
                "time": round(present, 3),
                "offset": round(offset.seconds, 3),
                "off": clock.off / 1000 if clock.set else None,
                "until": clock.until or None,
            }
        )
        return
    give(f"{phrases.moment(present)}, {phrases.offset(offset)}")
    say(phrases.budget(clock, present))
    if state == DOUBTFUL:
        warn(tr("The key is not sure of the time, so it types nothing: run `totpkey time sync`."))


@command.command(short_help="Set the key's clock to this computer's.")
@click.pass_obj
def sync(selection: Selection) -> None:
    """Set the key's clock to this computer's.

    It waits for a gesture at the key's button if the key learns from this setting how its clock drifts, or if
    that drift does not explain the new time.
    """
    host_clock.require_plausible()
    if host_clock.status() == host_clock.UNSYNCHRONISED:
        warn(
            tr(
                "This computer does not set its clock automatically (its system says"
                " “unsynchronised”). Check it against another clock."
            )
        )
    with connected(selection) as connection:
        left = synchronise(connection.client)
        clock = connection.client.clock()
    say(tr("The key's clock is set: {offset}.", offset=phrases.offset(left)))
    if abs(left.seconds) > GOAL:
        warn(
            tr(
                "That is more than {goal} ms: this computer is too busy to be exact. Run the command"
                " again later.",
                goal=f"{GOAL * 1000:.0f}",
            )
        )
    say(phrases.budget(clock, times.now()))
    if drift := phrases.drift(clock):
        say(drift)
    if again := phrases.next_setting(clock):
        say(again)
    if clock.clock == DOUBTFUL:
        say(tr("It was ahead, so the key types nothing until the right time has caught up."))


@command.command(short_help="List the changes of its time that somebody agreed to.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def log(selection: Selection, as_json: bool) -> None:
    """List the changes of the key's time that somebody agreed to, oldest first."""
    with connected(selection) as connection:
        changes = connection.client.clock_changes()
    if as_json:
        give_json([{"reason": c.reason, "before": c.before or None, "after": c.after} for c in changes])
        return
    if not changes:
        say(tr("No change of this key's time has needed anybody's consent."))
        return
    give_table([(tr("BEFORE"), tr("AFTER"), tr("WHY")), *map(_row, changes)])


def _row(change: ClockChange) -> tuple[str, str, str]:
    before = phrases.moment(change.before) if change.before else tr("no time")
    return before, phrases.moment(change.after), tr(_REASONS[change.reason])


@command.command(short_help="Show or set how far off its clock may be.")
@click.argument("seconds", required=False, type=WholeNumber(limits.LIMIT_LEAST, limits.LIMIT_MOST))
@click.option("--none", "no_limit", is_flag=True, help="Type however far off the clock may be.")
@click.pass_obj
def limit(selection: Selection, seconds: int | None, no_limit: bool) -> None:
    """Show, or set, past which error of its clock the key types nothing more."""
    with connected(selection) as connection:
        if seconds is not None or no_limit:
            connection.client.set_limit(seconds or 0)
        value = connection.client.clock().limit
    give(f"{value} s" if value else tr("no limit"))


@command.command("from-codes", short_help="Set it by another authenticator's codes.")
@click.argument("name")
@click.option(
    "--around",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]),
    help="About what time it is: within a day, or for SHA-512 within 10 minutes.",
)
@click.pass_obj
def from_codes(selection: Selection, name: str, around: datetime | None) -> None:
    """Set the key's clock by another authenticator that has the account NAME, such as a phone's.

    For when no clock at hand can be trusted. The other authenticator shows a code; then the next. The key
    looks for them around this computer's time, or its own where nothing keeps the computer's right: a day to
    either side, or 10 minutes for SHA-512. Where both are further off, tell the time with --around.
    """
    from totpkey.cli.commands.time import ask_two_codes, supposed_time
    from totpkey.cli.input.pick_account import find_account

    with connected(selection) as connection:
        account = find_account(connection.client.list(), name)
        shown = ask_two_codes(account)
        near = int(around.timestamp()) if around else supposed_time(connection)
        near = min(max(near, limits.TIME_LEAST), limits.TIME_MOST)
        say(
            tr(
                "The key looks for these codes around {moment}, which takes some seconds after you have"
                " agreed at its button.",
                moment=phrases.moment(near),
            )
        )
        connection.client.time_from_codes(account.account, shown.codes, near, shown.age)
        left = measure(connection.client)
        clock = connection.client.clock()
    say(tr("The key's clock is set: {offset}.", offset=phrases.offset(left)))
    say(phrases.budget(clock, times.now() + left.seconds))


#: The digits of codes.
_DIGITS = frozenset(string.digits)
_STEAM = frozenset("23456789" + STEAM_LETTERS)


@dataclass(frozen=True)
class ShownCodes:
    """Two consecutive codes, and when the second appeared (`times.ticks`)."""

    codes: tuple[str, str]
    changed: float

    def age(self) -> int:
        """Return for how many ms the second code has been shown, limited to what the key accepts."""
        return round(1000 * (times.ticks() - self.changed))


def supposed_time(connection: Connection) -> int:
    """Return an estimate of the time, near which the key searches.

    A computer with a dead battery shows a time long past, or the one at which it was switched off. So the
    key's own time is better than an unsynchronised one, and the key's floor better than an earlier one.
    """
    host, clock = times.now(), connection.client.clock()
    plausible = max(version.MADE, clock.floor - limits.SEARCH) <= host < limits.TIME_MOST
    if plausible and host_clock.status() != host_clock.UNSYNCHRONISED:
        return int(host)
    running = connection.hello.clock in (TRUSTED, DOUBTFUL)
    if running and (clock.set or not plausible):
        return connection.client.time().time
    return int(host) if plausible else max(clock.floor, version.MADE)


def ask_two_codes(account: StoredAccount) -> ShownCodes:
    """Ask the user for two codes. Raise Unreadable."""
    first = _ask(tr("The code that the other authenticator shows now"), account)
    click.prompt(tr("Press Enter at the moment it changes"), default="", show_default=False, err=True)
    changed = times.ticks()
    second = _ask(tr("The code that it shows now"), account)
    return ShownCodes((first, second), changed)


def _ask(question: str, account: StoredAccount) -> str:
    code = "".join(str(click.prompt(question, err=True)).split()).upper()
    written = _STEAM if account.type == STEAM else _DIGITS
    if len(code) != account.digits or not written.issuperset(code):
        raise errors.Unreadable(_not_a_code(account), tr("Type it as the other authenticator shows it."))
    return code


def _not_a_code(account: StoredAccount) -> str:
    if account.type == STEAM:
        return tr("That is not a Steam code: it has {count} letters and digits.", count=account.digits)
    return tr("That is not a code of {count} digits.", count=account.digits)
