"""The codes that a key gave, as its journal must tell them (docs/concepts/journal.md)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.journal.reading import TOLD, TRUSTED, TYPED, Told, parts
from tests.life.expected import require

#: By how much the time of an entry may differ from when the code was seen, in s: it is given late while the
#: clock is doubtful, and noted after its last digit.
_LATE = 12
_HOW = 0x7F


@dataclass(frozen=True)
class _Code:
    #: The account's id then; None if nobody had seen it. An account that is restored gets another one.
    account: str | None
    how: int
    began: float
    ended: float


class Given:
    """The codes that were given for certain since the journal was read last, and whether others may have."""

    def __init__(self) -> None:
        self._codes: list[_Code] = []
        self.sure = True
        self._last: Told | None = None
        self.count = self._settled = 0

    def begin(self) -> None:
        """Another event begins, so the codes of those before it are noted in flash."""
        self._settled = len(self._codes)

    def doubt(self) -> None:
        """The power went in this event, so none of its codes is noted for certain, and others may be."""
        self.sure = False
        del self._codes[self._settled :]

    def note(self, account: str | None, how: int, began: float, ended: float) -> None:
        """A code of the account with that id came in this time of the clock chip."""
        self._codes.append(_Code(account, how, began, ended))
        self.count += 1

    def forget(self, sure: bool = True) -> None:
        """The key was wiped, `sure`ly or not, and begins another journal."""
        self._codes, self.sure, self._last = [], sure, None

    def compare(self, told: Told) -> None:
        """The journal goes on where it was, and tells those codes in their order, and no others."""
        last = self._last
        known = last.count if last and last.count else 0
        if last and known and known >= told.dropped:
            begun = Told(told.name, told.before, told.dropped, told.entries[: known - told.dropped])
            require(begun.hash == last.hash, "Told", "the journal is another one than it was")
        new = [parts(entry) for entry in told.entries[max(known - told.dropped, 0) :]]
        left = [code for code in new if code[2] & _HOW in (TYPED, TOLD)]
        if self.sure:
            same = len(left) == min(len(self._codes), len(told.entries))
            require(same, "Told", f"the journal tells {len(left)} new codes of {len(self._codes)}")
        for code in self._codes[-len(left) :] if self.sure else self._codes:
            while left and not _is(left[0], code):
                require(
                    not self.sure,
                    "Told",
                    f"the journal tells {left[0]}, not {code.how} from {code.began:.0f}",
                )
                left.pop(0)
            require(bool(left) or told.dropped > known, "Told", f"a code from {code.began:.0f} is not told")
            left = left[1:]
        self._codes, self.sure, self._last = [], True, told


def _is(entry: tuple[str, int, int], code: _Code) -> bool:
    account, time, how = entry
    timely = not how & TRUSTED or code.began - _LATE <= time <= code.ended + _LATE
    return code.account in (None, account) and how & _HOW == code.how and timely
