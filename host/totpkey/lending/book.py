"""The book of what a key has lent: which loans it has, and who could sign in when."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from totpkey import errors
from totpkey.accounts.ends import End, unpack
from totpkey.i18n.translation import tr
from totpkey.link.replies import LoansReply
from totpkey_protocol import journal as packed


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
        """Whether it ran at some moment from `begin` on and before `end`, be it outside its hours."""
        return max(begin, self.lent) < min(end, self.end.until or end, self.back or end)


@dataclass(frozen=True)
class Book:
    """All loans, oldest first. `lost`: whether an earlier book could not be read. `gone`: how many loans that
    were over have made room for newer ones.
    """

    lost: bool
    gone: int
    loans: tuple[Loan, ...]

    def renewed(self, loan: Loan) -> int:
        """The number of the latest loan of the same account to the same card, perhaps its own."""
        whose = loan.account, loan.card
        return max(each.number for each in self.loans if (each.account, each.card) == whose)


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
