"""The order of the steps. In between the key changes its face: setup has the clock, the other the wires."""

from __future__ import annotations

from dataclasses import dataclass, field

from totpkey import errors
from totpkey.board_test import flash, hands, pace, power, registers, wires
from totpkey.board_test.bench import BOOT, PLUG, Bench, Flash, Row
from totpkey.board_test.pace import Begun
from totpkey.doctor.case import BAD, GOOD
from totpkey.i18n.translation import mark as _
from totpkey.i18n.translation import tr
from totpkey.link.board_client import BoardClient
from totpkey.link.client import KeyClient
from totpkey.link.replies import Clock, Health, Hello
from totpkey_protocol.boards import BOARDS, Board
from totpkey_protocol.words import BLANK

#: How long a person may take to plug the board in, and a board to change its face, in s.
_PLUGGED, _BACK = 120.0, 60.0
#: Faults of a button that no press gets past.
_NO_PRESS = ("button-stuck", "button-dead")


@dataclass(frozen=True)
class Plan:
    """What was chosen: minutes for the clock, cuts of power, whether an element is expected."""

    minutes: float = 10.0
    cuts: int = 20
    element: bool = False
    with_flash: bool = True


@dataclass(frozen=True)
class Outcome:
    """The findings about one board, and what the key says of itself."""

    hello: Hello
    rows: tuple[Row, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(row.fault for row in self.rows if row.grade == BAD)


@dataclass(frozen=True)
class _Told:
    """What the key says in setup before anything is tried."""

    hello: Hello
    health: Health
    clock: Clock

    @property
    def board(self) -> Board | None:
        return BOARDS.get(self.hello.board)


def run(bench: Bench, plan: Plan) -> Outcome:
    """All steps that this bench can do. Raises NoKey, KeyNotReady, and what the person's answers raise."""
    return _Course(bench, plan).run()


@dataclass
class _Course:
    """One board, from its flash to the last cut."""

    bench: Bench
    plan: Plan
    rows: list[Row] = field(default_factory=list)

    def run(self) -> Outcome:
        size = self._flash() if self.plan.with_flash else None
        with self.bench.connect(_PLUGGED) as client:
            told = self._look(client, size)
            client.board_test()
        begun = self._test(told)
        self._compare(told, begun)
        if self.bench.hands:
            self._cut(told.clock.battery if begun else None)
        return Outcome(told.hello, tuple(_settled(self.rows)))

    def _look(self, client: KeyClient, size: int | None) -> _Told:
        hello = client.hello()
        if hello.state != BLANK:
            raise errors.KeyNotReady(
                tr("This key has accounts, or a lock: a board test is for a new board."),
                tr("`totpkey doctor` looks at a key that is in use."),
            )
        told = _Told(hello, client.health(), client.clock())
        self.rows += [flash.row(size, told.board), *wires.firmware(hello, told.health, client.firmware())]
        return told

    # The flash

    def _flash(self) -> int | None:
        if not self.bench.hands:
            return self._size(self.bench.flash(0))
        self.bench.ask_for(BOOT, tr("Hold the board's BOOT button, plug it in, and let go."))
        size = self._size(self.bench.flash(_PLUGGED))
        self.bench.ask_for(PLUG, tr("Unplug the board and plug it in without touching its button."))
        return size

    def _size(self, found: Flash | None) -> int | None:
        try:
            return flash.size(found) if found else None
        except errors.BoardUnreadable as problem:
            self.bench.tell(problem.cause)
            self.bench.tell(problem.remedy)
            return None

    # The test face

    def _test(self, told: _Told) -> Begun | None:
        """All that needs the test face. In between the clock is set, if it runs."""
        with self.bench.board(_BACK) as board:
            if not self._wires(told, board):
                self._try(told, board)
                return None
            board.done()
        begun = self._set()
        with self.bench.board(_BACK) as board:
            self.rows.append(_flag(told.clock.chip, board))
            self._try(told, board)
        return begun

    def _wires(self, told: _Told, board: BoardClient) -> bool:
        """What shows without a touch. Returns whether there is a clock that runs."""
        self.rows.append(wires.stuck(self.bench, board))
        found = wires.clock(self.bench, board, told.clock, told.health, told.board)
        self.rows += found
        return len(found) > 1 and all(row.grade != BAD for row in found)

    def _set(self) -> Begun:
        """Set the clock, and begin to compare it."""
        with self.bench.connect(_BACK) as client:
            begun = pace.begin(self.bench, client)
            self.rows.append(wires.cell(client.clock()))
            client.board_test()
        return begun

    def _try(self, told: _Told, board: BoardClient) -> None:
        """What is pressed, looked at and typed; and then what restarts the board."""
        bench = self.bench
        presses = bench.hands and not any(row.fault in _NO_PRESS for row in self.rows)
        if presses:
            self.rows.append(hands.button(bench, board))
            presses = self.rows[-1].fault not in _NO_PRESS
        if bench.eyes:
            self.rows.append(hands.light(bench, board, told.board))
        if presses and bench.has_window:
            self.rows.append(hands.typing(bench, board))
        elif bench.hands:
            self.rows.append(hands.not_typed())
        self.rows += hands.locks(bench, board) if bench.eyes else [hands.told(board.seen())]
        self.rows.append(wires.element(board.seen(), self.plan.element))
        if bench.eyes:
            self.rows.append(power.sleep(bench, board))
        self.rows.append(power.watchdog(bench, board))

    # Setup again

    def _compare(self, told: _Told, begun: Begun | None) -> None:
        """End the comparison of the clock, once its minutes are over."""
        if begun is None:
            self.rows.append(pace.left_out(tr("there is no clock that runs")))
            return
        if not self.plan.minutes:
            self.rows.append(pace.left_out(tr("its minutes were set to 0")))
            return
        try:
            client = self.bench.connect(_BACK)
        except errors.TotpkeyError:
            # The watchdog's step has said so.
            self.rows.append(pace.left_out(tr("the key did not answer afterwards")))
            return
        with client:
            rest = begun.at + 60 * self.plan.minutes - self.bench.now()
            if rest > 0:
                left = max(1, round(rest / 60))
                self.bench.tell(tr("Its clock is compared for {minutes} min more.", minutes=left))
            _pass(self.bench, client, rest)
            try:
                self.rows.append(pace.end(self.bench, client, begun, told.clock.chip))
            except errors.KeyRefused as refused:
                # A chip whose flag stays has no time after a restart. The flag's step has said so.
                self.rows.append(pace.left_out(refused.cause))

    def _cut(self, battery: str | None) -> None:
        if not self.plan.cuts:
            return
        try:
            client = self.bench.connect(_BACK)
        except errors.TotpkeyError:
            return
        with client:
            found, cell = power.Cuts(self.bench, battery).run(client, self.plan.cuts)
        self.rows += [found, cell] if cell else [found]


def _flag(chip: str, board: BoardClient) -> Row:
    """The chip's flag after the clock was set: it must be clear."""
    step = _("oscillator, once set")
    if registers.stopped(chip, board.seen().registers):
        detail = tr("its flag for a stopped oscillator stays although the clock was set")
        return Row(step, BAD, detail, "clock-stop-flag-stays", tr("Replace the clock module."))
    return Row(step, GOOD, tr("its flag is clear"))


def _pass(bench: Bench, client: KeyClient, seconds: float) -> None:
    """Let time pass. Setup would end by itself if nothing was asked."""
    end = bench.now() + seconds
    while (rest := end - bench.now()) > 0:
        bench.wait(min(rest, 30.0))
        client.hello()


def _settled(rows: list[Row]) -> list[Row]:
    """What a cut has shown of the cell replaces what its chip could not tell."""
    if any(row.step == "cell" and row.fault != "cell-not-measured" for row in rows):
        return [row for row in rows if row.fault != "cell-not-measured"]
    return rows
