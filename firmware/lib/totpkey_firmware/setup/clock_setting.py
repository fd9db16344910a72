"""Setting the clock: when that needs a person's consent, and what the key remembers of it.

The key learns the clock's drift from the settings that a person agreed to, over all that was set in between.
Without consent it learns nothing, and its estimate of the clock's error grows only by as much as the clock is
moved.

Without consent, the floor of time can only rise. So whatever a program sets, the key gives no code for a time
step before that of an earlier code. A program can move the clock forward only as far as the chip may have
drifted.
"""

from totpkey_protocol.limits import BUDGET, DRIFT_MOST, SLACK
from totpkey_protocol.words import BACK, BLANK, CHIPS, FORWARD, LOST, REASONS

from ..clock import drift
from ..clock.ledger import UNKNOWN
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..clock.chips import Chip
    from ..clock.drift import Interval
    from ..clock.ledger import Ledger
    from .setup_key import SetupKey as Key

#: No crystal runs wrong by more, in ppb: if the clock has, somebody had set it wrong.
_CRYSTAL = 200_000
#: If more time than this has passed since the request, the key has waited for a person. In ms.
_AT_ONCE = 50


def displacement(key: "Key", time: int, asked: int) -> int:
    """How far a running clock would move, in ms, if the moment `asked` (ticks) were Unix time `time`."""
    timekeeper, now = key.timekeeper, key.platform.ticks()
    return 1000 * (time - timekeeper.time(now)) - timekeeper.milliseconds(now) + since(asked, now)


def reason(key: "Key", ledger: "Ledger", time: int, asked: int) -> str:
    """Why a person has to agree to that time: one of `words.REASONS`; "" if nobody has to.

    All moves since a person last agreed add up, so that a program cannot move the clock far in small steps.
    """
    timekeeper, blank = key.timekeeper, key.vault.state == BLANK
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


def teaches(key: "Key", ledger: "Ledger", time: int) -> bool:
    """Whether the key learns enough about its drift from that time, or can begin to, to ask for a gesture."""
    timekeeper, approved = key.timekeeper, ledger.approved
    if not (timekeeper.running and timekeeper.exact and timekeeper.reckoning.synced and approved):
        return False
    return drift.teaches(ledger.intervals, time - approved)


def set_clock(
    key: "Key", ledger: "Ledger", time: int, error: int, asked: int, agreed: bool, why: str
) -> None:
    """Set the clock so that the moment `asked` was `time`, which may be off by `error` ms.

    `agreed`: whether a person agreed; `why`: the reason for asking them, "" for none. Raises OSError, Refusal
    (storage). After a power cut in between, the interval is not measured, and the floor has its old or its
    new value.
    """
    reckoning, chip = key.timekeeper.reckoning, key.timekeeper.chip
    if chip is None:
        raise OSError
    running, blank = key.timekeeper.running, key.vault.state == BLANK
    moved = displacement(key, time, asked) if running else 0
    before = key.timekeeper.time(key.platform.ticks()) if running else 0
    if not (agreed or blank) and reckoning.synced:
        error = min(error, reckoning.worst(before) + abs(moved))
    if reckoning.pending:
        # Nobody knows by how much the clock was moved then.
        ledger.exactness = UNKNOWN
    interval = _interval(key, ledger, time, asked) if agreed else None
    if reckoning.synced:
        reckoning.pending = True
        ledger.save()
    _prepare(key, time, before, moved, running, why)
    wanted, now = _await_second(key, time, asked)
    key.timekeeper.set(wanted, now)
    _follow(ledger, chip, running, interval, error)
    reckoning.synced, reckoning.error, reckoning.pending = wanted, min(error, UNKNOWN - 1), False
    if not why and running and abs(moved) > 1000 * BUDGET and (blank or not ledger.approved):
        # No one was asked, so log it.
        why = FORWARD if moved > 0 else BACK
    _note_agreement(ledger, wanted, moved, agreed)
    if why:
        ledger.note(REASONS.index(why), before, wanted)
    ledger.save()
    if wanted > key.vault.settings.floor:
        key.everyday.set_floor(wanted)
    key.timekeeper.judge(key.platform.ticks())


def _prepare(key: "Key", time: int, before: int, moved: int, running: bool, why: str) -> None:
    """Note what no cut may lose, before the chip is set."""
    if why and not (running and moved >= 0):
        # So that no cut leaves a clock that was set back without a note of it.
        key.vault.note_setback()
    if why:
        if time < key.vault.settings.floor:
            key.everyday.set_floor(time)
    elif before > key.vault.settings.floor and moved < 0:
        # A code may have been given for this step, so no earlier one may follow.
        key.everyday.set_floor(before)


def _note_agreement(ledger: "Ledger", wanted: int, moved: int, agreed: bool) -> None:
    """Note to which time a person has agreed last, how exact it was, and by how much it was moved since."""
    if agreed:
        ledger.first = 0
    elif not ledger.approved:
        ledger.first = wanted
    if agreed or not ledger.approved:
        ledger.approved, ledger.exactness, ledger.moved = wanted, ledger.reckoning.error, 0
    else:
        ledger.moved += moved


def _interval(key: "Key", ledger: "Ledger", time: int, asked: int) -> "Interval | None":
    """The interval that ends with that time. It began when a person last agreed to the time.

    None if the key cannot tell what its chip alone has gained since.
    """
    timekeeper, reckoning = key.timekeeper, ledger.reckoning
    known = timekeeper.running and timekeeper.exact and reckoning.synced and ledger.approved
    if not known or ledger.exactness == UNKNOWN or ledger.chip != _number(timekeeper.chip):
        return None
    length = time - ledger.approved
    gained = -ledger.moved - displacement(key, time, asked) - reckoning.trim * length // 1_000_000
    return length, gained, ledger.exactness


def _follow(ledger: "Ledger", chip: "Chip", running: bool, interval: "Interval | None", error: int) -> None:
    """Learn from an interval, or begin anew with a chip that may be another."""
    reckoning = ledger.reckoning
    if not (running and reckoning.synced and ledger.chip == _number(chip)):
        # By now it may be another chip, also of the same kind.
        ledger.chip, ledger.intervals, ledger.exactness = _number(chip), [], UNKNOWN
        reckoning.trim, reckoning.rate = 0, chip.worst + chip.foreign()
    elif interval:
        _learn(ledger, chip, interval, error)


def _learn(ledger: "Ledger", chip: "Chip", interval: "Interval", error: int) -> None:
    """Estimate the chip's rate, and correct it from now on. No register of the chip has a part in that."""
    reckoning, worst = ledger.reckoning, chip.worst + chip.foreign()
    length, gained, _ = interval
    gains = abs(gained) * 1_000_000 // max(length, 1)
    if drift.explains(interval, error, -reckoning.trim, reckoning.rate):
        ledger.intervals = drift.keep(ledger.intervals, interval)
    elif gains > _CRYSTAL:
        return
    else:
        # The chip is not what it was: nothing that was measured says how it runs.
        ledger.intervals, worst = [], max(worst, gains)
    rate, reckoning.rate = drift.fit(ledger.intervals, error, chip, worst)
    reckoning.trim = -rate


def _number(chip: "Chip | None") -> int:
    return 1 + CHIPS.index(chip.name) if chip else 0


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
