"""The book of loans in words, for the terminal and for the notes of a backup."""

from __future__ import annotations

from collections.abc import Mapping

from totpkey.clock.phrases import moment
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.lending import Book, Loan
from totpkey.system import times

HEAD = (_("NUMBER"), _("ACCOUNT"), _("TO"), _("LENT"), _("UNTIL"), _("STATE"))


def row(book: Book, loan: Loan, names: Mapping[str, str]) -> tuple[str, ...]:
    """A loan in words, as HEAD says. `names`: of accounts, by id."""
    name = names.get(loan.account, loan.account)
    return str(loan.number), name, loan.receiver, moment(loan.lent), loan.end.in_words(), _state(book, loan)


def _state(book: Book, loan: Loan) -> str:
    if loan.back:
        return tr("taken back {moment}", moment=moment(loan.back))
    if 0 < loan.end.until <= times.now():
        return tr("over")
    latest = book.renewed(loan)
    return tr("runs") if latest == loan.number else tr("renewed by {number}", number=latest)


def gaps(book: Book) -> list[str]:
    """What the book cannot tell, in words."""
    lost = [tr("An earlier book could not be read, and its loans are not here.")] if book.lost else []
    gone = tr("Loans that were over and made room for newer ones: {count}.", count=book.gone)
    return [*lost, gone] if book.gone else lost


def notes(book: Book, names: Mapping[str, str]) -> str:
    """The book as lines; none if nothing was ever lent."""
    lines = ["\t".join(row(book, loan, names)) for loan in book.loans] + gaps(book)
    head = tr("Lent by this key, as of {moment}:", moment=moment(times.now()))
    return "\n".join([head, "\t".join(map(tr, HEAD)), *lines]) if lines else ""
