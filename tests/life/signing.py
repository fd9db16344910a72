"""A press, and everything that must be true of what it types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.journal.reading import TYPED
from tests.life import expected as model
from tests.life.expected import require
from tests.life.world import World
from totpkey.accounts.account import Account
from totpkey_protocol import limits
from totpkey_protocol.words import HOTP

#: How far the key's second may be from its clock chip's, in s (docs/concepts/clock.md: 10 ms); here a key
#: dozes, and looks at its chip a little later.
EXACT = 0.05
#: For how long a press is waited for that need not type, in s; and how long a code takes at most.
PATIENCE, LASTS = 3.0, 1.6
#: How long a key takes at most to put lock keys back that it pressed for an answer, in s.
_PUTS_BACK = 4.0
#: How long a key takes to note a code, besides so many erases of its flash, in s.
_NOTED, _WRITES = 0.5, 12
#: How often the screen is looked at, in s, at first and while the next code is waited for.
LOOK, SELDOM = 0.2, 1.0
#: How long an event takes at most, in s.
_EVENT = 900
#: By how much a counter may have moved on in an event, by type.
_MORE = {False: range(1), True: range(-12, 3)}
#: Longer than the two touches of a double press are apart.
DOUBLE = 0.6


@dataclass(frozen=True)
class Press:
    """What a press typed, and the time of the key's clock chip before it and after the last character.

    `must`: whether the key had to type something.
    """

    must: bool
    text: str
    began: float
    ended: float


def sign_in(world: World) -> str:
    """Press, and judge what is typed."""
    locks = _locks(world)
    made = press(world, _patience(world))
    if made.must and not made.text:
        # Flash kept the key from looking at its button, which it shows in red.
        made = press(world, _patience(world))
    account = judge(world, made)
    require(_locks(world) == locks, "Tidy", f"the lock keys were {locks} and are {_locks(world)}")
    require(not world.desk.computer.stuck, "Tidy", "a key of the keyboard stays down")
    if made.text:
        # The first code of all, and each 204th, is counted into two pages.
        world.run(_NOTED + _WRITES * world.habits.flash[0])
    world.say(f"a press typed a code of {account.name}" if account else "a press typed nothing")
    return made.text


def let_the_code_end(world: World, seconds: float) -> None:
    """Wait until the chosen account's code lasts only so long."""
    account = world.expected.state.typed
    if account.type != HOTP:
        world.key.run((-seconds - world.key.clock.unix_time) % account.period)


def _locks(world: World) -> tuple[bool, bool]:
    keys = world.desk.computer.keys
    return keys.num_lock, keys.caps_lock


def _patience(world: World) -> float:
    """A press waits for the next code at most, which may be slow, if the key may type at all."""
    # An account whose end may have come may give one none the less.
    if world.expected.clock.must_not_be_trusted or not world.listens:
        return PATIENCE
    # After a cut it may be uncertain which account is chosen.
    accounts = [state.typed for state in world.expected.possible]
    period = max((each.period for each in accounts if each.type != HOTP), default=0)
    return PATIENCE + period + _slow(world)


def _must_give(world: World) -> bool:
    """Whether the account that is typed has no end that may have come."""
    now = world.key.true_time
    return all(model.must_give(world.expected, state, state.typed, now) for state in world.expected.possible)


def press(world: World, patience: float) -> Press:
    """Touch the button, and wait until nothing more is typed."""
    # Two touches within half a second are a double press, whose second one types nothing.
    world.run(DOUBLE)
    world.listen()
    # After a cut it may be uncertain which account is chosen.
    counts = any(model.counts(state, state.chosen) for state in world.expected.possible)
    locks = _locks(world)
    began, computer = world.key.clock.unix_time, world.desk.computer
    must = world.listens and world.expected.clock.must_be_trusted(world.key.true_time) and _must_give(world)
    before, ended = len(computer.text), began
    # A cut leaves the counter as it was, or moved on.
    changes = (model.code_given,) if counts else ()
    world.expected.begin(*changes)
    world.key.press()
    world.need_power()
    end = world.key.true_time + patience
    while len(computer.text) == before and world.key.true_time < end:
        # Not `run_until`, which looks each millisecond: most of a life's time went there.
        soon = end - world.key.true_time > patience - PATIENCE
        world.run(LOOK if soon else SELDOM)
    shown = -1
    while shown != len(computer.text):
        shown = len(computer.text)
        world.run(LASTS / 4)
    if reports := world.key.usb.reports:
        ended = world.key.clock.unix_time - (world.key.uptime_ms - reports[-1].ms) / 1000
    text = computer.text[before:]
    world.listen(lambda _text: True)
    if not text:
        # A code that was waited for may have just begun.
        world.run(LASTS)
    # Both lock keys may still be on their way back.
    world.key.run_until(lambda: _locks(world) == locks and not computer.stuck, _PUTS_BACK)
    world.need_power()
    world.listen()
    return Press(must, text, began, ended)


def judge(world: World, made: Press) -> Account | None:
    """The account whose code was typed, whole; None if nothing was."""
    if not made.text:
        world.expected.interrupt()
        require(not made.must, "A way back", "a press types nothing, though the key is open and has the time")
        # The press may still wait for the next code.
        world.unplug()
        return None
    seen = f"a press typed {made.text!r}"
    require(not world.expected.clock.must_not_be_trusted or _counts(world), "Silent without time", seen)
    world.expected.observe(lambda state: _is_typed(world, state.typed, made), "Right", seen)
    now = world.key.true_time
    world.expected.observe(
        lambda state: not model.is_over(world.expected, state, state.typed, now),
        "Lent",
        seen + " after its end",
    )
    account = world.expected.state.typed
    _judge_life(world, account, made)
    _judge_repetition(world, account, made)
    world.expected.acknowledge()
    return account


def _counts(world: World) -> bool:
    return any(state.typed.type == HOTP for state in world.expected.possible)


def _is_typed(world: World, account: Account, made: Press) -> bool:
    moments = _steps(world, account, made.began, made.ended, _slow(world))
    return made.text in {model.typed_for(account, moment) for moment in moments}


def _steps(world: World, account: Account, first: float, last: float, slow: float) -> list[float]:
    """A moment of each step whose code the key may have given in this time of its clock chip."""
    added = _added(world)
    begin, end = int(first - EXACT - added - slow), int(last + EXACT + added)
    return [step * account.period for step in range(begin // account.period, end // account.period + 1)]


def _slow(world: World) -> float:
    """By how much its codes may be late now, in s: by half of its possible error (docs/concepts/clock.md)."""
    clock = world.expected.clock
    since = world.key.true_time - (clock.agreed_at if clock.moved else clock.set_at)
    error = model.PROGRAMS * (1 + clock.moved) + clock.doubted * since + _added(world)
    return min(error / 2, limits.SLOW_MOST)


def _added(world: World) -> float:
    """How far the key's own correction may have moved its time since its clock was set, in s."""
    return world.expected.clock.worst * max(0.0, world.key.true_time - world.expected.clock.set_at)


def _judge_life(world: World, account: Account, made: Press) -> None:
    if account.type == HOTP:
        return
    later = made.ended + min(state.typing.margin for state in world.expected.possible) - EXACT
    moments = _steps(world, account, later, later, _slow(world))
    still = made.text in {model.typed_for(account, moment) for moment in moments}
    require(still, "Alive", f"a code of {account.name} ends {later % account.period:.1f} s before its margin")
    off = made.ended - world.key.true_time
    most = world.expected.clock.off(world.key.true_time)
    require(abs(off) <= most, "On time", f"the clock is off by {off:.1f} s; {most:.1f} s are explained")


def _judge_repetition(world: World, account: Account, made: Press) -> None:
    step = account.counter if account.type == HOTP else _step(world, account, made)
    require((account.secret, step) not in world.typed, "Once", f"a code of {account.name} came twice")
    world.typed.add((account.secret, step))
    added = _added(world)
    world.given.note(world.ids.get(account.secret), TYPED, made.began - added, made.ended + added)


def _step(world: World, account: Account, made: Press) -> int:
    """The step of the code that was typed."""
    for moment in _steps(world, account, made.began, made.ended, _slow(world)):
        if made.text == model.typed_for(account, moment):
            return int(moment) // account.period
    raise AssertionError("judged before")


def is_explained(world: World, states: Iterable[model.State], text: str) -> bool:
    """Whether that is nothing but right codes since the event began, of which one broke off, or the last two:
    what happened beside the event ended one, and its end the other.
    """
    if not text:
        return True
    periods = _periods(world.began, world.key.clock.unix_time)
    codes = {
        model.typed_for(account, at)
        for account in _typed(world, states)
        for period in periods
        for at in _steps(world, account, *period, limits.SLOW_MOST)
    }
    return _consists(text, codes, 2)


def is_beginning(world: World, text: str) -> bool:
    """The same of one code, which a touch typed that was meant for something else."""
    return is_explained(world, world.expected.possible, text)


def _typed(world: World, states: Iterable[model.State]) -> set[Account]:
    """The accounts whose codes presses may have typed in those states, with all counters that fit."""
    now = world.key.true_time
    found = {state.typed for state in states if state.accounts}
    over = {
        state.typed
        for state in states
        if state.accounts
        # Somebody who has set the clock back since then ended it only then.
        and world.setbacks == world.expected.clock.setbacks
        and all(model.is_over(world.expected, each, state.typed, now) for each in states)
    }
    return {
        replace(one, counter=max(one.counter + more, 0))
        for one in found - over
        for more in _MORE[one.type == HOTP]
    }


def _consists(text: str, codes: set[str], broken: int) -> bool:
    if not text:
        return True
    if any(text.startswith(code) and _consists(text[len(code) :], codes, broken) for code in codes):
        return True
    begun = {code[:end] for code in codes for end in range(1, len(code)) if broken}
    return any(text.startswith(part) and _consists(text[len(part) :], codes, broken - 1) for part in begun)


def _periods(since: float, now: float) -> list[tuple[float, float]]:
    """What a clock showed in an event, which may have set it by years."""
    if 0 <= now - since <= _EVENT:
        return [(since, now)]
    return [(since, since + _EVENT), (now - _EVENT, now)]
