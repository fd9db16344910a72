"""Setting the clock: when that wants a person's consent, and what is remembered of it.

Without that consent nothing is learnt of the clock's drift, and how far off the clock may be is never taken
for worse than it was, but by as much as it is moved.

The floor of time only ever rises without that consent, so whatever a program sets, no code is given for an
earlier time step than one before. Forward it moves the clock no further than the chip may have drifted.
"""

from totpkey_protocol.limits import BUDGET, DRIFT_MOST, EXACT, SLACK
from totpkey_protocol.words import BACK, BLANK, CHIPS, FORWARD, LOST, REASONS

from ..clock import drift
from ..ticks import since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .setup_key import SetupKey as Key

#: A person answered in between if it took longer than this, in ms.
_AT_ONCE = 50


def displacement(key: "Key", time: int, asked: int) -> int:
    """By how many ms it would move a running clock to make the moment `asked` (ticks) Unix time `time`."""
    timekeeper, now = key.timekeeper, key.platform.ticks()
    return 1000 * (time - timekeeper.time(now)) - timekeeper.milliseconds(now) + since(asked, now)


def reason(key: "Key", time: int, asked: int) -> str:
    """Why a person has to agree to that time: one of `words.REASONS`; "" if nobody has to.

    What was moved since a person agreed last adds up: nobody walks the clock away in small steps.
    """
    timekeeper, ledger = key.timekeeper, key.vault.ledger
    blank = key.state == BLANK
    if timekeeper.chip is None or (blank and not ledger.approved):
        # Nobody has used a new key yet.
        return ""
    if not timekeeper.running:
        return LOST
    elapsed = max(timekeeper.time(key.platform.ticks()) - ledger.approved, 0) if ledger.approved else 0
    expected = min(1000 * SLACK + elapsed * timekeeper.chip.worst // 1_000_000, 1000 * DRIFT_MOST)
    moved = ledger.moved + displacement(key, time, asked)
    # A new key may be put right by as much as any; no further, once it was set.
    if abs(moved) <= (1000 * DRIFT_MOST if blank else expected):
        return ""
    return FORWARD if moved > 0 else BACK


def set_clock(key: "Key", time: int, error: int, asked: int, agreed: bool, why: str) -> None:
    """Set the clock so that the moment `asked` was `time`, which may be off by `error` ms.

    `agreed`: whether a person did, and `why` the reason that wanted it, "" for none. Raises OSError, Refusal
    (storage). A cut on the way leaves the interval unmeasured, and the floor where it was or where it is to
    be.
    """
    ledger = key.vault.ledger
    running = key.timekeeper.running
    moved = displacement(key, time, asked) if running else 0
    before = key.timekeeper.time(key.platform.ticks()) if running else 0
    if not (agreed or key.state == BLANK):
        error = _told(key, error, before, moved)
    _measure(key, time, error, moved, agreed)
    if ledger.synced:
        ledger.pending = True
        ledger.save()
    if why:
        if time < key.vault.floor:
            key.set_floor(time)
    elif before > key.vault.floor and moved < 0:
        # No earlier step than that of a code that may have been given.
        key.set_floor(before)
    wanted, now = _await_second(key, time, asked)
    key.timekeeper.set(wanted, now)
    _correct(key, running)
    ledger.synced, ledger.error, ledger.pending = wanted, min(error, 0xFFFF), False
    if not why and running and abs(moved) > 1000 * BUDGET and (key.state == BLANK or not ledger.approved):
        # Nobody was asked, but it shall not go unseen.
        why = FORWARD if moved > 0 else BACK
    if agreed:
        ledger.first = 0
    elif not ledger.approved:
        ledger.first = wanted
    if agreed or not ledger.approved:
        ledger.approved, ledger.moved = wanted, 0
    else:
        ledger.moved += moved
    if why:
        ledger.note(REASONS.index(why), before, wanted)
    ledger.save()
    if wanted > key.vault.floor:
        key.set_floor(wanted)
    key.timekeeper.judge(key.platform.ticks())


def _told(key: "Key", error: int, before: int, moved: int) -> int:
    """By how many ms a time may be wrong that nobody has agreed to, and that says `error` of itself."""
    ledger = key.vault.ledger
    if ledger.synced:
        error = min(error, ledger.worst(before) + abs(moved))
    # Nothing is measured from it, unless it moved the clock by hardly anything.
    return error if abs(ledger.moved + moved) <= EXACT else max(error, EXACT + 1)


def _measure(key: "Key", time: int, error: int, moved: int, agreed: bool) -> None:
    """Let the interval since the clock was set tell how fast it runs, if both ends are known well enough and
    a person has agreed that it does.
    """
    timekeeper, ledger = key.timekeeper, key.vault.ledger
    chip = timekeeper.chip
    if chip is None:
        raise OSError
    if ledger.chip != 1 + CHIPS.index(chip.name):
        # Another chip: nothing that is known is about it.
        ledger.chip, ledger.intervals, ledger.trim, ledger.synced = 1 + CHIPS.index(chip.name), [], 0, 0
    known = ledger.synced and not ledger.pending and max(ledger.error, error) <= EXACT
    if agreed and known and timekeeper.running and timekeeper.exact and chip.correction() == ledger.register:
        length = time - ledger.synced
        gained = -moved - (ledger.register + ledger.trim) * length // 1_000_000
        ledger.intervals = drift.keep(ledger.intervals, length, gained, chip.worst)


def _correct(key: "Key", running: bool) -> None:
    """Write what is known of the drift to the chip's register, and keep the rest to add it ourselves."""
    ledger, chip = key.vault.ledger, key.timekeeper.chip
    if chip is None:
        raise OSError
    rate, ledger.rate = drift.fit(ledger.intervals, chip.worst, chip.steady)
    # A rate of 0 is one too, if it was fitted.
    if ledger.rate < chip.worst:
        ledger.register = chip.correct(-rate)
        ledger.trim = -rate - ledger.register
    else:
        ledger.register, ledger.trim = chip.correction(), 0
    if not running:
        # It may be another chip of the same kind by now.
        ledger.rate = chip.worst


def _await_second(key: "Key", time: int, asked: int) -> "tuple[int, int]":
    """Unix time and ticks of the moment to set the clock at.

    The time was right when it was sent. If a person was waited for since, the next whole second after that.
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
