"""The book of what a key has lent: which loans it has, and who could sign in when."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from totpkey import errors
from totpkey.accounts.ends import End, unpack
from totpkey.clock.phrases import moment
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.replies import LoansReply
from totpkey_protocol import journal as packed

HEAD = (_("NUMBER"), _("ACCOUNT"), _("TO"), _("LENT"), _("UNTIL"), _("STATE"))


@dataclass(frozen=True)
class Loan:
    """One loan. `account`: its id. `card`: a mark of the card's public half, `receiver` the name on it.

    `lent`: Unix seconds by the key; `back`: when its owner noted that it was taken back, 0 for not.
    """

    number: int
    account: str
    card: str
    lent: int
    end: End
    back: int
    receiver: str

    def ran(self, begin: float, end: float) -> bool:
        """Whether its end let it give codes at some moment from `begin` on and before `end`."""
        begin = max(begin, self.lent)
        end = min(end, self.end.until or end, self.back or end)
        return begin < end and self.end.opens(begin) < end


@dataclass(frozen=True)
class Book:
    """All loans, oldest first. `lost`: whether an earlier book could not be read. `gone`: how many loans that
    were over have made room for newer ones.
    """

    lost: bool
    gone: int
    loans: tuple[Loan, ...]

    def row(self, loan: Loan, names: Mapping[str, str], now: float) -> tuple[str, ...]:
        """A loan in words, as HEAD says. `names`: of accounts, by id."""
        name = names.get(loan.account, loan.account)
        receiver = loan.receiver or tr("a card without a name")
        state = self._state(loan, now)
        return str(loan.number), name, receiver, moment(loan.lent), loan.end.in_words(), state

    def _state(self, loan: Loan, now: float) -> str:
        if loan.back:
            return tr("taken back {moment}", moment=moment(loan.back))
        if 0 < loan.end.until <= now:
            return tr("over")
        whose = loan.account, loan.card
        later = [str(each.number) for each in self.loans if (each.account, each.card) == whose]
        return tr("renewed by {number}", number=later[-1]) if later[-1] != str(loan.number) else tr("runs")

    def notes(self, names: Mapping[str, str], now: float) -> str:
        """The book as lines for the notes of a backup; empty if nothing was ever lent."""
        rows = [tuple(map(tr, HEAD)), *(self.row(loan, names, now) for loan in self.loans)]
        lines = [tr("Lent by this key, as of {moment}:", moment=moment(now)), *map("\t".join, rows)]
        return "\n".join([*lines, *self.gaps()]) + "\n" if self.loans or self.gaps() else ""

    def gaps(self) -> list[str]:
        """What the book cannot tell, in words."""
        found = [tr("An earlier book could not be read, and its loans are not here.")] if self.lost else []
        if self.gone:
            found.append(tr("Loans that were over and made room for newer ones: {count}.", count=self.gone))
        return found


def read(reply: LoansReply) -> Book:
    """Read what the key told. Raises BadReply."""
    loans, at = [], 0
    while at < len(reply.loans):
        start = at + packed.LOAN_SIZE
        if start > len(reply.loans) or start + reply.loans[start - 1] > len(reply.loans):
            raise errors.BadReply(tr("The key's book of loans is cut off."), tr("Update the key's firmware."))
        number, account, card, lent, end, back, length = struct.unpack_from(packed.LOAN, reply.loans, at)
        at = start + length
        receiver = reply.loans[start:at].decode("utf-8", "replace")
        found = unpack(end.hex()) or End()
        loans.append(Loan(number, f"{account:08x}", card.hex(), lent, found, back, receiver))
    return Book(reply.lost, reply.count - len(loans), tuple(loans))
