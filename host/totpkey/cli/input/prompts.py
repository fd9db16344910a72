"""Asks in the terminal: for secrets that do not show, for a choice from a list, for yes or no.

An invalid answer is never repeated, since a copied secret is easily pasted one question too early. The
question is asked again, in the reader's language.
"""

from __future__ import annotations

import sys
import unicodedata

import click

from totpkey import errors
from totpkey.cli.output import say, visible
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import preferred, tr
from totpkey.locks import passphrase, words

_YES = ("y", "yes", "是")
_NO = ("n", "no", "否")


def choose(question: str, count: int, default: int | None = None) -> int:
    """Return the chosen number from 1 to `count`. Just Enter chooses `default`."""
    numbers = {str(number): number for number in range(1, count + 1)}
    while True:
        answer = plain(click.prompt(question, default=None if default is None else str(default), err=True))
        if answer in numbers:
            return numbers[answer]
        say(tr("Type a number from 1 to {count}.", count=count))


def agreed(question: str) -> bool:
    """Return whether the user agrees. Just Enter means yes."""
    while True:
        answer = click.prompt(f"{question} [Y/n]", default="y", show_default=False, err=True)
        if is_yes(answer) or plain(answer) in _NO:
            return is_yes(answer)
        say(tr("Type y for yes or n for no."))


def is_yes(answer: str) -> bool:
    """Return whether the answer means yes in any of our languages."""
    return plain(answer) in _YES


def plain(answer: str) -> str:
    """Normalise an answer for comparison: Chinese input methods write full-width letters and digits."""
    return unicodedata.normalize("NFKC", answer).strip().lower()


_PIPE_IT = _("There is no terminal to ask on ({question}): pipe it in with --stdin.")
#: The limit in characters, far above any secret, key URI or passphrase.
_LONGEST_INPUT = 4096


def ask_hidden(
    question: str,
    again: bool = False,
    say_hidden: bool = True,
    no_terminal: str = _PIPE_IT,
    may_be_empty: bool = False,
) -> str:
    """Return the answer to `question (not shown)`, asked twice if `again`. Raise click.UsageError.

    Without a terminal, a prompt would echo the answer. `no_terminal` is the catalogue's message for that
    case.
    """
    if not sys.stdin.isatty():
        raise click.UsageError(tr(no_terminal, question=question))
    repeat = tr("Once more") if again else False
    answer: str = click.prompt(
        tr("{question} (not shown)", question=question) if say_hidden else question,
        hide_input=True,
        confirmation_prompt=repeat,
        default="" if may_be_empty else None,
        show_default=False,
        err=True,
    )
    return answer


def read_stdin(what: str) -> str:
    """Return all of standard input, which must be just `what`, a message of the catalogue.

    Raise click.UsageError.
    """
    try:
        # PowerShell pipes UTF-8 with a byte order mark.
        text = sys.stdin.read(_LONGEST_INPUT + 1).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise click.UsageError(
            tr("Standard input holds no {what}: it is not UTF-8.", what=tr(what))
        ) from None
    if len(text) > _LONGEST_INPUT:
        raise click.UsageError(
            tr("Standard input holds more than a {what}: pipe in one at a time.", what=tr(what))
        )
    return text


def new_pin(from_stdin: bool) -> str:
    """Return a new PIN. Raise InvalidLock."""
    chosen = _line(_("PIN")) if from_stdin else ask_hidden(tr("New PIN, 4 to 12 digits"), again=True)
    passphrase.check_pin(chosen)
    if passphrase.is_early_guess(chosen):
        raise errors.InvalidLock(
            tr("This PIN is among the first that a thief tries."),
            tr("Choose digits without a pattern, unlike 4444, 1212, 1234, 9876 and 2580."),
        )
    return chosen


def present_pin(from_stdin: bool) -> str:
    """Return the PIN that unlocks the key. Raise InvalidLock."""
    entered = _line(_("PIN")) if from_stdin else ask_hidden(tr("PIN"))
    passphrase.check_pin(entered)
    return entered


def new_passphrase(from_stdin: bool) -> str:
    """Return a new passphrase, made of random words if the user enters none. Raise InvalidLock."""
    if from_stdin:
        chosen = _line(_("passphrase"))
        passphrase.check_new(chosen)
        return chosen
    chosen = ask_hidden(
        tr("New passphrase; just Enter has four random words made for you"), may_be_empty=True
    )
    if chosen:
        passphrase.check_new(chosen)
    else:
        chosen = words.phrase(preferred()[0])
        say(tr("Write these words down, and keep them apart from the key:"))
        say(f"\n    {chosen}\n")
    while ask_hidden(tr("The same passphrase once more")) != chosen:
        say(tr("The two entries differ."))
    return chosen


def present_passphrase(from_stdin: bool) -> str:
    """Return the passphrase that unlocks the key."""
    return _line(_("passphrase")) if from_stdin else ask_hidden(tr("Passphrase"))


def confirmed(question: str) -> bool:
    """Return whether the user types y."""
    answer: str = click.prompt(
        tr("{question}. Type y to go on", question=visible(question)),
        default="n",
        show_default=False,
        err=True,
    )
    return is_yes(answer)


def _line(what: str) -> str:
    """Return standard input without its final newline. Spaces are part of a passphrase."""
    line = read_stdin(what).removesuffix("\n").removesuffix("\r")
    if not line or "\n" in line:
        raise click.UsageError(tr("Standard input holds no {what}, or more than one line.", what=tr(what)))
    return line
