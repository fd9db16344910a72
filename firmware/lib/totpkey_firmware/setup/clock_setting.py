"""Setting the clock: when that needs a person's consent, and what the key remembers of it.

Without consent, the key learns nothing about the clock's drift, and its estimate of the clock's error grows
only by as much as the clock is moved.

Without consent, the floor of time can only rise. So whatever a program sets, the key gives no code for a time
step before that of an earlier code. A program can move the clock forward only as far as the chip may have
drifted.
"""

from totpkey_protocol.limits import BUDGET, DRIFT_MOST, EXACT, SLACK
from totpkey_protocol.words import BACK, BLANK, CHIPS, FORWARD, LOST, REASONS

from ..clock import drift
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock.ledger import Ledger
    from .setup_key import SetupKey as Key

#: If more time than this has passed since the request, the key has waited for a person. In ms.
_AT_ONCE = 50


def displacement(key: "Key", time: int, asked: int) -> int:
    """How far a running clock would move, in ms, if the moment `asked` (ticks) were Unix time `time`."""
    timekeeper, now = key.timekeeper, key.platform.ticks()
    return 1000 * (time - timekeeper.time(now)) - timekeeper.milliseconds(now) + since(asked, now)


def reason(key: "Key", time: int, asked: int) -> str:
    """Why a person has to agree to that time: one of `words.REASONS`; "" if nobody has to.

    All moves since a person last agreed add up, so that a program cannot move the clock far in small steps.
    """
    timekeeper, ledger = key.timekeeper, key.ledger
    blank = key.vault.state == BLANK
    if timekeeper.chip is None or (blank and not ledger.approved):
        # Nobody has used a new key yet.
        return ""
    if not timekeeper.running:
        return LOST
    elapsed = max(timekeeper.time(key.platform.ticks()) - ledger.approved, 0) if ledger.approved else 0
    expected = min(1000 * SLACK + elapsed * timekeeper.chip.worst // 1_000_000, 1000 * DRIFT_MOST)
    moved = ledger.moved + displacement(key, time, asked)
    # A new key that is already set may be moved by the largest drift, and no further.
    if abs(moved) <= (1000 * DRIFT_MOST if blank else expected):
        return ""
    return FORWARD if moved > 0 else BACK


def set_clock(key: "Key", time: int, error: int, asked: int, agreed: bool, why: str) -> None:
    """Set the clock so that the moment `asked` was `time`, which may be off by `error` ms.

    `agreed`: whether a person agreed; `why`: the reason for asking them, "" for none. Raises OSError, Refusal
    (storage). After a power cut in between, the interval is not measured, and the floor has its old or its
    new value.
    """
    ledger, reckoning = key.ledger, key.timekeeper.reckoning
    running = key.timekeeper.running
    moved = displacement(key, time, asked) if running else 0
    before = key.timekeeper.time(key.platform.ticks()) if running else 0
    if not (agreed or key.vault.state == BLANK):
        error = _told(key, error, before, moved)
    _measure(key, time, error, moved, agreed)
    if reckoning.synced:
        reckoning.pending = True
        ledger.save()
    if why and not (running and moved >= 0):
        # Before the chip, so that no cut leaves a clock that was set back without a note of it.
        key.whole_vault.note_setback()
    if why:
        if time < key.vault.floor:
            key.everyday.set_floor(time)
    elif before > key.vault.floor and moved < 0:
        # A code may have been given for this step, so no earlier one may follow.
        key.everyday.set_floor(before)
    wanted, now = _await_second(key, time, asked)
    key.timekeeper.set(wanted, now)
    _correct(key, running)
    reckoning.synced, reckoning.error, reckoning.pending = wanted, min(error, 0xFFFF), False
    if (
        not why
        and running
        and abs(moved) > 1000 * BUDGET
        and (key.vault.state == BLANK or not ledger.approved)
    ):
        # No one was asked, so log it.
        why = FORWARD if moved > 0 else BACK
    _note_agreement(ledger, wanted, moved, agreed)
    if why:
        ledger.note(REASONS.index(why), before, wanted)
    ledger.save()
    if wanted > key.vault.floor:
        key.everyday.set_floor(wanted)
    key.timekeeper.judge(key.platform.ticks())


def _note_agreement(ledger: "Ledger", wanted: int, moved: int, agreed: bool) -> None:
    """Note to which time a person has agreed last, and by how much it was moved since."""
    if agreed:
        ledger.first = 0
    elif not ledger.approved:
        ledger.first = wanted
    if agreed or not ledger.approved:
        ledger.approved, ledger.moved = wanted, 0
    else:
        ledger.moved += moved


def _told(key: "Key", error: int, before: int, moved: int) -> int:
    """The error in ms of a time that nobody has agreed to, and whose sender claims an error of `error`."""
    reckoning = key.timekeeper.reckoning
    if reckoning.synced:
        error = min(error, reckoning.worst(before) + abs(moved))
    # Too inexact to measure a drift, unless all such moves together are tiny.
    return error if abs(key.ledger.moved + moved) <= EXACT else max(error, EXACT + 1)


def _measure(key: "Key", time: int, error: int, moved: int, agreed: bool) -> None:
    """Measure the drift since the clock was last set, if both ends are exact enough and a person has agreed.

    Raises OSError without a clock chip.
    """
    timekeeper, ledger = key.timekeeper, key.ledger
    reckoning, chip = timekeeper.reckoning, timekeeper.chip
    if chip is None:
        raise OSError
    if ledger.chip != 1 + CHIPS.index(chip.name):
        # This is another chip, so forget what was measured.
        ledger.chip, ledger.intervals = 1 + CHIPS.index(chip.name), []
        reckoning.trim = reckoning.synced = 0
    known = reckoning.synced and not reckoning.pending and max(reckoning.error, error) <= EXACT
    if agreed and known and timekeeper.running and timekeeper.exact and chip.correction() == ledger.register:
        length = time - reckoning.synced
        gained = -moved - (ledger.register + reckoning.trim) * length // 1_000_000
        ledger.intervals = drift.keep(ledger.intervals, length, gained, chip.worst)


def _correct(key: "Key", running: bool) -> None:
    """Correct the drift in the chip's register. The key itself adds the rest, which the steps leave over."""
    ledger, chip = key.ledger, key.timekeeper.chip
    reckoning = key.timekeeper.reckoning
    if chip is None:
        raise OSError
    rate, reckoning.rate = drift.fit(ledger.intervals, chip.worst, chip.steady)
    # A fitted rate of 0 is also valid.
    if reckoning.rate < chip.worst:
        ledger.register = chip.correct(-rate)
        reckoning.trim = -rate - ledger.register
    else:
        ledger.register, reckoning.trim = chip.correction(), 0
    if not running:
        # By now it may be another chip of the same kind.
        reckoning.rate = chip.worst


def _await_second(key: "Key", time: int, asked: int) -> "tuple[int, int]":
    """Unix time and ticks of the moment at which to set the clock.

    The time was right when it was sent. If the key has waited for a person since, it takes the next whole
    second.
    """
    now = key.platform.ticks()
    passed = since(asked, now)
    if passed < _AT_ONCE:
        return time, now
    whole = passed // 1000 + 1
    while since(asked, now) < 1000 * whole:
        key.platform.rest()
        now = key.platform.ticks()
    return time + whole, now
