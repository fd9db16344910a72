"""Steps in which the board sleeps, restarts or loses its power, and the size of its flash.

The size is told by its boot loader: behind the end, a read begins again at the beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from totpkey import errors
from totpkey.clock.synchronise import measure, synchronise
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey_board_test.bench import PLUG_BRIEFLY, PULL, PULL_LONG, SLEEP, Bench, BoardClient, Flash
from totpkey_board_test.journal import Journal, Measured
from totpkey_protocol.boards import Board
from totpkey_protocol.words import BLANK, DOUBTFUL, TRUSTED

_SLEEP, _WATCHDOG, _CUTS, _CELL = _("sleep"), _("watchdog"), _("cuts of power"), _("cell")
#: How long a board may take to come back, and a person to pull it, in s.
BACK, _PULLED = 90.0, 60.0
#: The watchdog bites after 8 s of the chip's own time. A board that is there after this long has none.
_BITES = 60.0
#: Between these it has bitten in time: what is asked meanwhile takes up to a second to fail.
_IN_TIME = (6.5, 10.0)
_LOOK = 0.2
#: A clock that kept its time is no further off than this after a cut, in s; the key reads it within 25 ms.
#: One that lost it is off by more than _LOST.
_KEPT, _LOST = 0.2, 3600.0
#: A question that is answered at once, or not at all.
_AT_ONCE = 1.0


def sleep(journal: Journal, bench: Bench, board: BoardClient) -> None:
    """Whether the key outlives a sleep of the computer. Raises what the course takes for a restart."""
    before = board.seen()
    bench.ask_for(SLEEP, tr("Put this computer to sleep for ten seconds, wake it up, and come back here."))
    if bench.choose(tr("Did it sleep? (y/n)"), ("y", "n")) == "n":
        journal.untried(_SLEEP, tr("the computer did not sleep"))
        return
    pauses = board.seen().pauses - before.pauses
    if pauses:
        journal.good(_SLEEP, tr("the key saw it and went on"), {"pauses": pauses})
    else:
        journal.unsure(_SLEEP, "sleep-not-seen")


def watchdog(journal: Journal, bench: Bench, board: BoardClient) -> None:
    """Stop the firmware, and see the watchdog restart it."""
    board.hang()
    began = bench.ticks()
    gone = vanished(bench, lambda: board.seen(_AT_ONCE), _BITES)
    took = round(bench.ticks() - began, 1)
    board.close()
    if not gone:
        journal.bad(_WATCHDOG, "watchdog-dead")
        return
    try:
        bench.connect(BACK).close()
    except errors.TotpkeyError:
        journal.bad(_WATCHDOG, "not-back-after-watchdog", {"seconds": took})
        return
    if _IN_TIME[0] <= took <= _IN_TIME[1]:
        journal.good(_WATCHDOG, tr("it restarted the key after {took} s", took=took), {"seconds": took})
    else:
        journal.bad(_WATCHDOG, "watchdog-time", {"seconds": took}, seconds=took)


def vanished(bench: Bench, ask: Callable[[], object], within: float = _PULLED) -> bool:
    """Whether the board's port goes away within so many seconds, while it is asked something."""
    end = bench.ticks() + within
    while bench.ticks() < end:
        try:
            ask()
            bench.wait(_LOOK)
        except errors.TransportError:
            return True
        except errors.TotpkeyError:
            continue
    return False


class Cuts:
    """Cuts of power by a hand. `runs`: whether there is a clock to compare after each."""

    def __init__(self, journal: Journal, bench: Bench, runs: bool) -> None:
        self._journal, self._bench, self._runs = journal, bench, runs
        #: How far the clock's time was off after each cut, in s; None where it was lost.
        self.moved: list[float | None] = []
        #: The moments, in turn: what the person is asked, and what the command does meanwhile. A clock that
        #: lives on a capacitor outlives all but the last.
        self._moments: tuple[tuple[str, str, Callable[[KeyClient], object]], ...] = (
            (PULL, _("Pull the board out while it rests, and plug it in again."), KeyClient.hello),
            (PULL, _("Pull it out while it answers questions, and plug it in again."), KeyClient.health),
            (PULL, _("Pull it out while its clock is being set, and plug it in again."), self._set),
            (
                PLUG_BRIEFLY,
                _("Pull it out. Plug it in, pull it out within a second, and plug it in again."),
                KeyClient.hello,
            ),
        )
        text = _("Pull it out, wait for half a minute, and plug it in again.")
        self._last_moment = PULL_LONG, text, KeyClient.hello

    def _set(self, client: KeyClient) -> None:
        synchronise(client, now=self._bench.now, wait=self._bench.wait)

    def run(self, client: KeyClient, count: int) -> KeyClient | None:
        """So many cuts. Returns the key after the last; None if it is not back, or was not pulled out."""
        for number in range(count):
            before = self._ahead(client)
            if before is None and self._runs:
                with suppress(errors.TotpkeyError):
                    self._set(client)
                before = self._ahead(client)
            is_last = number == count - 1
            action, text, busy = self._last_moment if is_last else self._moments[number % len(self._moments)]
            head = tr("Cut {number} of {count}.", number=number + 1, count=count)
            self._bench.ask_for(action, f"{head} {tr(text)}")
            if not vanished(self._bench, partial(busy, client)):
                self._journal.unsure(_CUTS, "cuts-not-done", {"cuts": number}, done=number, count=count)
                return None
            try:
                client = self._bench.connect(BACK)
                harm = _harm(client)
                after = self._ahead(client)
            except errors.TotpkeyError:
                harm = "not-back-after-cut"
            if harm:
                self._journal.bad(_CUTS, harm, {"cuts": number + 1}, number=number + 1)
                return None
            if self._runs:
                was = 0.0 if busy == self._set else before
                self.moved.append(None if was is None or after is None else after - was)
        detail = tr("{count} cuts: each time the key came back whole and without accounts", count=count)
        self._journal.good(_CUTS, detail, {"cuts": count})
        return client

    def _ahead(self, client: KeyClient) -> float | None:
        """How far the clock is ahead; None if it has no time, or there is none to compare."""
        if not self._runs or client.hello().clock not in (TRUSTED, DOUBTFUL):
            return None
        return measure(client, self._bench.now).seconds

    def judge_cell(self) -> None:
        """The cell, by all cuts: which of them the clock's time did not outlive."""
        cuts, total = enumerate(self.moved, 1), len(self.moved)
        lost: list[int] = []
        off: list[int] = []
        for number, moved in cuts:
            if moved is None or abs(moved) > _LOST:
                lost.append(number)
            elif abs(moved) > _KEPT:
                off.append(number)
        kept = [each for each in self.moved if each is not None]
        worst = max(map(abs, [*kept, sum(kept)]))
        if not (lost or off) and worst > _KEPT:
            # Each a little, all in the same direction.
            off = list(range(1, total + 1))
        measured: Measured = {"cuts": total, "lost": lost, "off": off, "worst_seconds": round(worst, 2)}
        if lost:
            sign = "cell-dead" if len(lost) == total else "cell-loose"
            which = ", ".join(map(str, lost))
            self._journal.bad(_CELL, sign, measured, count=len(lost), all=total, which=which)
        elif off:
            words = {"seconds": f"{worst:.1f}", "count": len(off), "all": total}
            self._journal.bad(_CELL, "clock-off-after-cut", measured, **words)
        elif not total:
            self._journal.untried(_CELL, tr("there is no clock that runs"))
        else:
            detail = tr(
                "the clock kept its time at {count} cuts, within {worst} s",
                count=total,
                worst=round(worst, 2),
            )
            self._journal.good(_CELL, detail, measured)


def _harm(client: KeyClient) -> str:
    """What a cut has done to the key; empty if nothing."""
    if not client.health().intact:
        return "files-damaged-by-cut"
    return "" if client.hello().state == BLANK else "accounts-after-cut"


_FLASH = _("flash")
_MB = 1 << 20
#: So much at the beginning is compared. The boot loader's second stage and CircuitPython lie there.
_HEAD = 4096
#: The sizes of flash chips that boards have, in MB. The RP2040 reaches 16.
_SIZES = (1, 2, 4, 8)
_LARGEST = 16
#: What is found instead of a size: an empty flash looks alike everywhere, an unsteady one alike nowhere.
EMPTY, UNSTEADY = 0, -1
_READS = 8


def flash_size(flash: Flash) -> int:
    """The size in MB, EMPTY or UNSTEADY."""
    head = flash.read(0, _HEAD)
    if any(flash.read(0, _HEAD) != head for _ in range(_READS)):
        return UNSTEADY
    if not head.strip(b"\xff") or not head.strip(b"\x00"):
        return EMPTY
    return next((each for each in _SIZES if flash.read(each * _MB, _HEAD) == head), _LARGEST)


def judge_flash(journal: Journal, found: int | None, board: Board | None) -> None:
    """`found`: what `size` gave, None if no boot loader was seen."""
    if found is None:
        journal.unsure(_FLASH, "flash-not-seen")
    elif found == EMPTY:
        journal.unsure(_FLASH, "flash-empty")
    elif found == UNSTEADY:
        journal.bad(_FLASH, "flash-unsteady")
    elif board and board.flash != found:
        measured = {"megabytes": found}
        journal.bad(_FLASH, "flash-size", measured, found=found, board=board.name, wanted=board.flash)
    else:
        journal.good(_FLASH, tr("{found} MB", found=found), {"megabytes": found})
