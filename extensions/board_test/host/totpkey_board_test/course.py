"""The order of the steps: setup sets the clock, the test face sees the wires, and in setup power is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from totpkey import errors
from totpkey.clock.synchronise import GOAL, synchronise
from totpkey.doctor import board as board_rows
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.client import KeyClient
from totpkey.link.discovery import everyday_keys
from totpkey.link.replies import Clock, Hello
from totpkey_board_test import clock, hands, power
from totpkey_board_test.bench import (
    BOOT,
    EYES,
    FINGER,
    HAND,
    KEYBOARD,
    PLUG,
    SKIN,
    WINDOW,
    Bench,
    BoardClient,
    Flash,
)
from totpkey_board_test.journal import Journal, Measured
from totpkey_board_test.power import BACK
from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.storage import PAGES
from totpkey_protocol.words import BLANK, LOST

_BOARD, _STORE, _ELEMENT = _("board"), _("store"), _("element")
#: Steps that may be left out on purpose: the report and the log say so.
LEFT_OUT = (
    *("flash", "store", "pace", "thermometer", "button", "light", "typing", "lock keys"),
    *("power", "watchdog", "sleep"),
)
#: A board that is there answers within this time, in s; and how often one that waits is asked.
_SOON, _EVERY = 5.0, 6.9
_Do = Callable[[BoardClient], None]


@dataclass(frozen=True)
class Plan:
    """What was chosen: minutes for the clock, cuts of power, an element to expect, what is left out."""

    minutes: float = 40.0
    cuts: int = 20
    element: bool = False
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Told:
    """What the key says in setup."""

    hello: Hello
    clock: Clock

    @property
    def board(self) -> Board | None:
        return BOARDS.get(self.hello.board)


def run(bench: Bench, plan: Plan, journal: Journal) -> None:
    """All steps that this bench can do, each with its rows. Raises only what is no fault of a board."""
    _Course(bench, plan, journal).run()
    journal.end()


def _restart(ask: Callable[[], None]) -> None:
    """Its answer may be lost with its port. What counts is whether the board comes back."""
    with suppress(errors.NoAnswer, errors.TransportError):
        ask()


class _Course:
    """One board, from its flash to the last cut."""

    def __init__(self, bench: Bench, plan: Plan, journal: Journal) -> None:
        self._bench, self._plan, self._journal = bench, plan, journal
        #: The chip of a clock that is sound so far, and how it compares with this computer.
        self._chip = ""
        self._is_set = False
        self._pace: clock.Comparison | None = None

    def run(self) -> None:
        size = None if "flash" in self._plan.without else self._flash()
        told = self._setup(size)
        try:
            if told is not None and self._face(told):
                self._power(told)
        except errors.TotpkeyError as problem:
            self._journal.bad(_BOARD, "gone", cause=problem.cause)

    # The flash

    def _flash(self) -> int | None:
        bench = self._bench
        if HAND not in bench.has:
            return self._size(bench.flash(0))
        bench.ask_for(BOOT, tr("Hold the board's BOOT button, plug it in, and let go."))
        size = self._size(bench.flash(bench.patience))
        bench.ask_for(PLUG, tr("Unplug the board and plug it in without touching its button."))
        return size

    def _size(self, found: Flash | None) -> int | None:
        try:
            return power.flash_size(found) if found else None
        except errors.BoardUnreadable as problem:
            self._bench.tell(problem.cause)
            return None

    # Setup

    def _setup(self, size: int | None) -> _Told | None:
        """What the key says of itself; it is then in its test face. None if nothing more can be tried."""
        try:
            client = self._bench.connect(self._bench.patience)
        except errors.SeveralKeys:
            self._journal.unsure(_BOARD, "several-boards")
            return None
        except errors.TotpkeyError as problem:
            self._dead(problem)
            return None
        with client:
            try:
                return self._ask(client, size)
            except errors.TotpkeyError as problem:
                self._journal.bad(_BOARD, "gone", cause=problem.cause)
                return None

    def _dead(self, problem: errors.TotpkeyError) -> None:
        """Why no conversation begins, by what does appear."""
        if not isinstance(problem, errors.NoKey):
            self._journal.bad(_BOARD, "firmware-silent", cause=problem.cause)
        elif everyday_keys():
            self._journal.unsure(_BOARD, "key-in-use")
        elif self._bench.flash(0):
            self._journal.bad(_BOARD, "boot-loader-only")
        else:
            self._journal.bad(_BOARD, "nothing-answers")

    def _ask(self, client: KeyClient, size: int | None) -> _Told | None:
        journal = self._journal
        journal.hello = hello = client.hello()
        if hello.state != BLANK:
            journal.unsure(_BOARD, "key-in-use")
            return None
        running = client.firmware()
        if client.clock().chip:
            self._set(client, hello)
        # Some chips use their cell only once they were set.
        told = _Told(hello, client.clock())
        if "flash" not in self._plan.without:
            power.judge_flash(journal, size, told.board)
        if told.board is None:
            journal.finding(board_rows.unknown_board(hello))
        health = client.health()
        journal.finding(board_rows.circuitpython(hello, running))
        journal.finding(board_rows.sealed(hello, running))
        journal.finding(board_rows.drive(health, running))
        journal.finding(board_rows.whole(running, health))
        _restart(client.board_test)
        return told

    def _set(self, client: KeyClient, hello: Hello) -> None:
        """Set the clock. A new one has its flag set once: that is a note."""
        bench, step = self._bench, _("clock, set")
        try:
            left = synchronise(client, now=bench.now, wait=bench.wait)
        except errors.TotpkeyError as problem:
            self._journal.unsure(step, "clock-not-set", cause=problem.cause)
            return
        if abs(left.seconds) > GOAL:
            off = tr("it is {seconds} s off", seconds=round(left.seconds, 3))
            self._journal.bad(step, "clock-not-set", cause=off)
            return
        self._is_set = True
        note = "clock-was-stopped" if hello.clock == LOST else ""
        self._journal.good(step, tr("it is {seconds} s off", seconds=round(left.seconds, 3)), note=note)

    # The test face

    def _face(self, told: _Told) -> bool:
        """All that needs the test face. Returns whether the board is there afterwards, in setup."""
        board: BoardClient | None = self._bench.board(BACK)
        for name, needs, do in self._steps(told):
            if board is None:
                return False
            if name in self._plan.without:
                continue
            if not needs <= self._bench.has:
                self._journal.untried(name, tr("nobody and nothing here can do it"))
                continue
            board = self._tried(board, name, do)
        if board and "watchdog" in self._plan.without:
            _restart(board.done)
            board.close()
        return board is not None

    def _steps(self, told: _Told) -> Iterator[tuple[str, frozenset[str], _Do]]:
        """Each step: its name, what it needs of the bench, and what it does."""
        journal, bench, none = self._journal, self._bench, frozenset[str]()
        yield _("button at rest"), none, partial(hands.at_rest, journal, bench)
        yield _("clock"), none, partial(self._clock, told)
        chip = self._chip
        if chip and clock.MAPS[chip].thermometer:
            yield _("thermometer"), frozenset({SKIN}), partial(clock.thermometer, journal, bench, chip=chip)
        yield _STORE, none, self._store
        presses = frozenset({FINGER})
        yield _("button"), presses, partial(hands.button, journal, bench)
        sees = partial(hands.light, journal, bench, board=told.board)
        yield _("light"), frozenset({EYES}), sees
        if any(row.sign in ("button-stuck", "button-dead") for row in journal.rows):
            presses |= {"a button"}
        yield _("typing"), presses | {WINDOW}, partial(hands.typing, journal, bench)
        yield _("lock keys"), none, partial(hands.locks, journal, bench)
        yield _ELEMENT, none, self._element
        yield _("clock again"), none, self._compare
        if KEYBOARD in bench.has:
            yield _("sleep"), none, partial(power.sleep, journal, bench)
        yield _("watchdog"), none, partial(power.watchdog, journal, bench)

    def _tried(self, board: BoardClient, name: str, do: _Do) -> BoardClient | None:
        """Do a step. Returns the board, perhaps at another port; None if it is gone."""
        try:
            do(board)
        except errors.TotpkeyError as problem:
            board.close()
            return self._recovered(name, problem)
        return board

    def _recovered(self, name: str, problem: errors.TotpkeyError) -> BoardClient | None:
        try:
            board = self._bench.board(_SOON)
        except errors.TotpkeyError:
            pass
        else:
            self._journal.unsure(name, "broken-off", cause=problem.cause)
            return board
        try:
            with self._bench.connect(BACK) as client:
                _restart(client.board_test)
        except errors.TotpkeyError as gone:
            self._journal.bad(name, "gone", cause=gone.cause)
            return None
        self._journal.bad(name, "restarted-in-sleep" if name == "sleep" else "restarted", cause=problem.cause)
        return self._bench.board(BACK)

    def _clock(self, told: _Told, board: BoardClient) -> None:
        journal, bench, chip = self._journal, self._bench, told.clock.chip
        if not clock.wires(journal, board.seen(), chip) or not clock.steady(journal, bench, board, chip):
            return
        if self._is_set:
            clock.flag(journal, chip, board.seen())
            clock.calendar(journal, bench, board, chip)
        turns = clock.parts(journal, board, chip) and "pace" not in self._plan.without
        self._pace = clock.Comparison(bench, chip)
        if turns:
            self._pace.slower(board)
        if self._looked(self._pace, board, chip):
            self._chip = chip
        else:
            self._pace = None

    def _looked(self, comparison: clock.Comparison, board: BoardClient, chip: str) -> bool:
        runs = comparison.look(board)
        if not runs:
            self._journal.bad(_("oscillator"), "clock-stands-still", chip=chip)
        return runs

    def _store(self, board: BoardClient) -> None:
        bad = board.store()
        if bad:
            which = ", ".join(map(str, bad))
            measured: Measured = {"bad": list(bad), "places": PAGES}
            self._journal.bad(_STORE, "flash-forgets", measured, count=len(bad), all=PAGES, places=which)
        else:
            self._journal.good(_STORE, tr("{all} places keep what is written", all=PAGES), {"places": PAGES})

    def _element(self, board: BoardClient) -> None:
        there = board.seen().element
        if self._plan.element and not there:
            self._journal.bad(_ELEMENT, "element-missing")
        else:
            self._journal.good(_ELEMENT, tr("one answers") if there else tr("none, as expected"))

    def _compare(self, board: BoardClient) -> None:
        """Look at the chip once more, and end the comparison once its minutes are over."""
        wanted = "pace" not in self._plan.without
        if self._pace is None:
            if wanted:
                self._journal.untried(_("pace"), tr("there is no clock that runs"))
            return
        chip, self._chip = self._chip, ""
        turns = (self._pace.faster, self._pace.restore)
        for turn in turns if wanted else turns[1:]:
            reads = self._await(board, self._pace.last + 30 * self._plan.minutes * wanted)
            steady = clock.steady(self._journal, self._bench, board, chip, reads)
            if not steady or not self._looked(self._pace, board, chip):
                return
            turn(board)
        self._chip = chip
        if wanted:
            self._pace.judge(self._journal)

    def _await(self, board: BoardClient, end: float) -> list[clock.Read]:
        """Let time pass, and see each second of a minute. The face would end if nothing was asked."""
        reads = []
        rest = end - self._bench.ticks()
        if rest > 60:
            self._bench.tell(tr("Its clock is compared for {minutes} min more.", minutes=round(rest / 60)))
        while (rest := end - self._bench.ticks()) > 0:
            self._bench.wait(min(rest, _EVERY))
            reads.append(clock.read(self._bench, board))
        return reads

    # Setup again

    def _power(self, told: _Told) -> None:
        if told.clock.battery in ("low", "off"):
            self._journal.bad(_("cell"), f"cell-{told.clock.battery}")
        if "power" in self._plan.without:
            return
        if HAND not in self._bench.has or not self._plan.cuts:
            self._journal.untried(_("power"), tr("it is not pulled out here, so the cell is not tried"))
            return
        cuts = power.Cuts(self._journal, self._bench, bool(self._chip))
        client = cuts.run(self._bench.connect(BACK), self._plan.cuts)
        if client and self._still_told(client, cuts):
            cuts.judge_cell()

    def _still_told(self, client: KeyClient, cuts: power.Cuts) -> bool:
        """Whether the clock still says something, so that what was lost is the cell's to answer for."""
        if None not in cuts.moved:
            return True
        with client:
            _restart(client.board_test)
        with self._bench.board(BACK) as board:
            return clock.steady(self._journal, self._bench, board, self._chip)
