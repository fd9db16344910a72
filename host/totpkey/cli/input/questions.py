"""Asks the user to choose from a list or to answer yes or no.

An invalid answer is never repeated, since a copied secret is easily pasted one question too early. The
question is asked again, in the reader's language.
"""

from __future__ import annotations

import unicodedata

import click

from totpkey.cli.output import say
from totpkey.i18n.translation import tr

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
