"""Adds one account, to a key or to a key and its spare: what `add` and `enroll` have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from totpkey import errors
from totpkey.accounts.account import Account, Reading
from totpkey.cli.input.names import refuse_taken
from totpkey.cli.input.prompts import ask_hidden
from totpkey.cli.keys.connect import Selection, both, connected
from totpkey.cli.output import fail, say, visible, warn
from totpkey.i18n import reader_words
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.discovery import Connection
from totpkey.link.replies import Added
from totpkey_protocol.errors import CANNOT_TYPE, FULL, NOT_AGREED, NOT_ALLOWED, PRESS_TIMEOUT, UNKNOWN_FIELD
from totpkey_readers.records import base32, key_uri, pasted
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
