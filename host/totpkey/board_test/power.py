"""Steps in which the board sleeps, restarts or loses its power."""

from __future__ import annotations

from collections.abc import Callable

from totpkey import errors
from totpkey.board_test.bench import PLUG_BRIEFLY, PULL, SLEEP, Bench, Measured, Row
from totpkey.clock.synchronise import measure, synchronise
from totpkey.doctor.case import BAD, GOOD, ODD, UNKNOWN
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.board_client import BoardClient, Seen
from totpkey.link.client import KeyClient
from totpkey_protocol.words import BLANK, DOUBTFUL, TRUSTED

_SLEEP, _WATCHDOG, _CUTS = _("sleep"), _("watchdog"), _("cuts of power")
#: How long a board may take to come back, and a person to pull it, in s.
_BACK, _PULLED = 60.0, 60.0
#: A board that is in its test face answers within this time, in s.
_SOON = 5.0
#: The watchdog bites after 8 s. A board that is there after this long has none.
_BITES = 60.0
_LOOK = 0.2
#: A clock that kept its time is no further off than this, in s. One that lost it is off by years.
_KEPT = 3600.0
#: A question that is answered at once, or not at all.
_AT_ONCE = 1.0


def sleep(bench: Bench, board: BoardClient) -> Row:
    """Whether the key outlives a sleep of the computer without a restart."""
    before = board.seen()
    bench.ask_for(SLEEP, tr("Put this computer to sleep for ten seconds, wake it up, and come back here."))
    if bench.choose(tr("Did it sleep? (y/n)"), ("y", "n")) == "n":
        return Row(_SLEEP, UNKNOWN, tr("the computer did not sleep"), "sleep-not-measured")
    after = _after_sleep(bench, board)
    if after is None:
        return _not_there_after_sleep(bench)
    measured: Measured = {"pauses": after.pauses - before.pauses}
    if after.pauses == before.pauses:
        detail = tr("the computer kept the key's port awake")
        return Row(_SLEEP, UNKNOWN, detail, "sleep-not-seen", measured=measured)
    return Row(_SLEEP, GOOD, tr("the key saw it and went on"), measured=measured)


def _after_sleep(bench: Bench, board: BoardClient) -> Seen | None:
    """What the key says then, at the same port or at a new one."""
    try:
        return board.seen()
    except (errors.TransportError, errors.ConversationError, errors.KeyRefused):
        board.close()
    try:
        with bench.board(_BACK) as again:
            return again.seen()
    except errors.TotpkeyError:
        return None


def _not_there_after_sleep(bench: Bench) -> Row:
    """A key that has lost its power is in setup again."""
    try:
        bench.connect(_BACK).close()
    except errors.TotpkeyError:
        remedy = tr("Plug the board in again. Some ports cut the power in sleep: try another one.")
        return Row(_SLEEP, BAD, tr("the key did not answer afterwards"), "not-back-after-sleep", remedy)
    return Row(_SLEEP, ODD, tr("the key has restarted"), "restarted-in-sleep")


def watchdog(bench: Bench, board: BoardClient) -> Row:
    """Stop the firmware, and see the watchdog restart it."""
    try:
        board = _again(bench, board)
    except errors.TotpkeyError:
        return Row(_WATCHDOG, UNKNOWN, tr("the key did not answer afterwards"), "watchdog-not-measured")
    with board:
        board.hang()
        began = bench.now()
        gone = vanished(bench, board, _BITES)
    took = round(bench.now() - began, 1)
    remedy = tr("Unplug the board and plug it in again. Report this: the chip has a watchdog of its own.")
    if not gone:
        return Row(_WATCHDOG, BAD, tr("it did not restart the key"), "watchdog-dead", remedy)
    try:
        bench.connect(_BACK).close()
    except errors.TotpkeyError:
        return Row(_WATCHDOG, BAD, tr("the key did not come back"), "not-back-after-watchdog", remedy)
    detail = tr("it restarted the key after {took} s", took=took)
    return Row(_WATCHDOG, GOOD, detail, measured={"seconds": took})


def _again(bench: Bench, board: BoardClient) -> BoardClient:
    """The board in its test face, also if it has another port by now, or restarted. Raises as `connect`."""
    try:
        board.seen()
    except errors.TotpkeyError:
        board.close()
    else:
        return board
    try:
        return bench.board(_SOON)
    except errors.TotpkeyError:
        with bench.connect(_BACK) as client:
            client.board_test()
        return bench.board(_BACK)


def vanished(bench: Bench, board: BoardClient, within: float) -> bool:
    """Whether the board's port goes away within so many seconds."""
    end = bench.now() + within
    while bench.now() < end:
        try:
            board.seen(_AT_ONCE)
            bench.wait(_LOOK)
        except errors.TransportError:
            return True
        except errors.ConversationError:
            continue
    return False


class Cuts:
    """Cuts of power by a person's hand. `battery` is what the chip says of its cell; None: no clock runs."""

    def __init__(self, bench: Bench, battery: str | None) -> None:
        self._bench = bench
        self._battery = battery
        #: The moments, in turn: what the person is asked, and what the command does meanwhile.
        self._moments: tuple[tuple[str, str, Callable[[KeyClient], object]], ...] = (
            (
                PULL,
                _("Pull the board out while it rests, and plug it in again."),
                lambda client: client.hello(),
            ),
            (PULL, _("Pull it out while it answers questions, and plug it in again."), lambda c: c.health()),
            (PULL, _("Pull it out while its clock is being set, and plug it in again."), self._set),
            (
                PLUG_BRIEFLY,
                _("Pull it out. Plug it in, pull it out within a second, and plug it in again."),
                lambda client: client.hello(),
            ),
        )

    def _set(self, client: KeyClient) -> None:
        synchronise(client, now=self._bench.now, wait=self._bench.wait)

    def run(self, client: KeyClient, count: int) -> tuple[Row, Row | None]:
        """So many cuts. Returns the finding, and one about the cell once the first cut has shown it."""
        done, cell = 0, None
        for number in range(count):
            action, text, busy = self._moments[number % len(self._moments)]
            head = tr("Cut {number} of {count}.", number=number + 1, count=count)
            self._bench.ask_for(action, f"{head} {tr(text)}")
            if not self._until_gone(client, busy):
                return self._stopped(done, count), cell
            done += 1
            back = self._back()
            if back is None:
                return self._bad("not-back-after-cut", done), cell
            client = back
            if self._battery is not None:
                cell = cell or self._cell(client, self._battery)
            if fault := _harm(client):
                return self._bad(fault, done), cell
        detail = tr("{count} cuts: each time the key came back whole and without accounts", count=done)
        return Row(_CUTS, GOOD, detail, measured={"cuts": done}), cell

    def _until_gone(self, client: KeyClient, busy: Callable[[KeyClient], object]) -> bool:
        end = self._bench.now() + _PULLED
        while self._bench.now() < end:
            try:
                busy(client)
                self._bench.wait(_LOOK)
            except errors.TransportError:
                return True
            except errors.TotpkeyError:
                continue
        return False

    def _back(self) -> KeyClient | None:
        try:
            return self._bench.connect(_BACK)
        except errors.TotpkeyError:
            return None

    def _cell(self, client: KeyClient, battery: str) -> Row:
        """A clock that was set keeps its time without the computer's power, if it has a cell."""
        step = _("cell")
        runs = client.hello().clock in (TRUSTED, DOUBTFUL)
        if runs and abs(measure(client, self._bench.now).seconds) < _KEPT:
            measured: Measured = {"battery": battery}
            return Row(step, GOOD, tr("the clock kept its time without power"), measured=measured)
        remedy = tr("Put in a cell, or a new one; look at its holder's springs and its polarity.")
        return Row(step, BAD, tr("the clock lost its time without power"), "cell-dead", remedy)

    def _stopped(self, done: int, count: int) -> Row:
        detail = tr("{done} of {count}: the board was not pulled out", done=done, count=count)
        return Row(_CUTS, UNKNOWN, detail, "cuts-not-done", measured={"cuts": done})

    def _bad(self, fault: str, done: int) -> Row:
        detail = tr("after cut {number} the key did not come back as it was", number=done)
        return Row(_CUTS, BAD, detail, fault, tr("Install it again, and report this."), {"cuts": done})


def _harm(client: KeyClient) -> str:
    """What a cut has done to the key; empty if nothing."""
    if not client.health().intact:
        return "files-damaged-by-cut"
    return "" if client.hello().state == BLANK else "accounts-after-cut"
