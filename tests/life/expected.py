"""What a key must hold and do, modelled without its firmware.

A change that the key acknowledged leaves one state. One that was cut leaves the old state and the new one as
possible, until the key shows which of them it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.cuts.content import Content
from tests.life.lease import HOUR, Lease
from tests.support.desk import code_at
from totpkey.accounts.account import Account
from totpkey.accounts.ends import unpack
from totpkey.link.replies import StoredAccount
from totpkey_protocol import limits
from totpkey_protocol.words import HOTP

State = Content
Change = Callable[[State], State]

#: How exactly an owner sets the clock, and how exact a key takes that to be at worst, as far as a program may
#: move it at once; in s.
SETTING, PROGRAMS = 1.5, limits.SLACK
#: No crystal is off by more (docs/concepts/clock.md).
CRYSTAL = 200e-6
#: How long before somebody looks at it a code may have been given, in s.
LOOKED = 5
#: The invariants by the names that docs/concepts/life.md gives them.
INVARIANTS = (
    *("Right", "Named", "Alive", "Once", "Nothing else", "Whole", "Tidy"),
    *("Kept", "Gone", "Durable", "Agreed", "Meant", "Eight additions"),
    *("Closed", "Eight tries", "Opens", "Secret", "Sealed"),
    *("On time", "Silent without time", "Sound", "A way back", "Updated", "Lent", "Told"),
)


class Broken(Exception):
    """An invariant does not hold: its name, and what was seen instead."""

    def __init__(self, rule: str, seen: str) -> None:
        assert rule in INVARIANTS
        super().__init__(rule, seen)
        self.rule, self.seen = rule, seen

    def __str__(self) -> str:
        return f"{self.rule}: {self.seen}"


def require(condition: bool, rule: str, seen: str) -> None:
    if not condition:
        raise Broken(rule, seen)


class Expected:
    """All states that the key may be in, what its clock may show, and every secret of its life."""

    def __init__(self, true_time: float, worst: float = 7) -> None:
        """`worst`: what the key's clock chip may gain or lose, in ppm."""
        self.possible: list[State] = [State()]
        #: The changes that a cut may leave now; the first is what the key was asked for.
        self._pending: tuple[Change, ...] = ()
        #: Whether the power was cut, and the key has not shown since what it holds.
        self._cut = False
        #: Secrets of accounts that were removed, and all that must never leave the key.
        self.removed: set[bytes] = set()
        self.secrets: dict[bytes, str] = {}
        self.pins: set[str] = set()
        self.clock = ExpectedClock(true_time, worst)

    @property
    def state(self) -> State:
        """The state, if it is certain; else one of those that are possible."""
        return self.possible[-1]

    @contextmanager
    def change(self, change: Change, *between: Change) -> Iterator[None]:
        """The key is asked for `change` here. If this ends without an exception, it has acknowledged that.

        A cut may also leave what is `between`.
        """
        self.begin(change, *between)
        yield
        self.acknowledge()

    def begin(self, *changes: Change) -> None:
        """From now on a cut may leave any of `changes`."""
        self._pending = changes

    def may_have(self, change: Change) -> None:
        """The key may have made this change of its own accord."""
        self.possible = _distinct([*self.possible, *map(change, self.possible)])

    def acknowledge(self) -> None:
        """The key has made the first of the changes that have begun."""
        if self._pending:
            self.possible = _distinct(list(map(self._pending[0], self.possible)))
        self._pending = ()
        if all(state.accounts for state in self.possible):
            self.clock.is_kept = True

    def refuse(self) -> None:
        """The key has refused the change that it was asked for."""
        self._pending = ()
        self.clock.setting = False

    def interrupt(self) -> None:
        """A change that was under way may have been made."""
        changed = [change(state) for change in self._pending for state in self.possible]
        self.possible = _distinct([*self.possible, *changed])
        self._pending = ()

    def cut(self) -> None:
        """The power was cut."""
        self._cut = True
        self.clock.cut()
        self.interrupt()

    def lose_power(self) -> None:
        """The key has no power any more. A blank one forgets that its clock was set."""
        if not self.clock.is_kept:
            self.clock.lose(self._cut or any(state.accounts for state in self.possible))

    def observe(self, fits: Callable[[State], bool], rule: str, seen: str) -> None:
        """The key has shown something that only those states explain."""
        left = [state for state in self.possible if fits(state)]
        if not left:
            broken = "Durable" if self._cut and rule == "Kept" else rule
            raise Broken(broken, f"{seen}; expected {' or '.join(map(described, self.possible))}")
        self.possible = left

    def shown(self) -> None:
        """The key has shown what it holds."""
        self._cut = False

    def keep_secret(self, account: Account) -> None:
        self.secrets[account.secret] = "an account's secret"

    @property
    def gone(self) -> set[bytes]:
        """Of those that were to be removed, the secrets that the key has no more for certain.

        The removal of the others was cut short or refused, or they were copied onto it again.
        """
        return self.removed - {account.secret for state in self.possible for account in state.accounts}

    def forget(self, account: Account) -> None:
        """Its owner has asked for its removal."""
        self.removed.add(account.secret)


class ExpectedClock:
    """How far off the key's clock may be, and whether the key may trust it."""

    def __init__(self, now: float, worst: float) -> None:
        #: What it may gain or lose, and what the key may think that it does.
        self.worst = self.doubted = 1e-6 * worst
        self.set_at = self.agreed_at = now
        self.lost = True
        self.absent = False
        #: Whether it is being set, and whether a cut has left it lost or set.
        self.setting = self._unsure = False
        #: Whether the key knows after its next start that it was set. A blank one needs an account for that.
        self.is_kept = True
        #: Whether a program has moved it since its owner set it.
        self.moved = False
        #: A clock that was set back gives no code until it has caught up with the time that it showed before.
        self.caught_up = now
        #: Whether its owner has limited its error, so that it may stop being trusted by itself.
        self.limited = False
        #: How often a person has set a clock that was lost or set it back, and how often they may have.
        self.setbacks = self.doubts = 0

    def set(self, now: float, agreed: bool, trusted: bool) -> None:
        self.caught_up = now if trusted else max(self.caught_up, now + self.off(now))
        self.setbacks, self.doubts = self.setbacks + self.lost, self.doubts + agreed
        self.set_at, self.lost, self.moved = now, False, False
        self.setting = self._unsure = False
        if agreed:
            # What was set back a moment ago says nothing of the crystal.
            self.doubted = self.doubted if now - self.agreed_at < HOUR else self.worst
            self.agreed_at = now

    def lose(self, perhaps: bool = False) -> None:
        """It has lost its time, or not for certain."""
        self.lost, self._unsure, self.is_kept = True, perhaps, True

    def cut(self) -> None:
        """The power was cut, perhaps while it was set."""
        if self.setting:
            self.setting, self._unsure, self.doubts = False, True, self.doubts + 1

    def shift(self, by: float, now: float) -> None:
        """A program has moved it by so many s. The key doubts it by as much, and has to catch up."""
        self.moved = True
        if by < 0:
            self.caught_up = max(self.caught_up, now - by + SETTING)

    def set_back(self, by: float, now: float) -> None:
        """A person has set it back by so many s, which a key takes for its crystal's after a long time."""
        self.setbacks, self.doubts = self.setbacks + 1, self.doubts + 1
        gains = by / max(now - self.agreed_at, 1)
        self.doubted = gains if self.doubted < gains <= CRYSTAL else self.doubted
        self.agreed_at = now

    def off(self, now: float) -> float:
        """The largest error that is allowed at the true time `now`, in s."""
        most = SETTING + 1 + 2 * self.worst * (now - self.set_at)
        if self.moved:
            most += PROGRAMS + 2 * self.worst * (now - self.agreed_at)
        return most

    def must_be_trusted(self, now: float) -> bool:
        return self.caught_up <= now and not (self.lost or self.absent or self.limited)

    @property
    def must_not_be_trusted(self) -> bool:
        return (self.lost and not self._unsure) or self.absent


def _distinct(states: list[State]) -> list[State]:
    return list(dict.fromkeys(states))


def described(state: State) -> str:
    """A state in words, without its secrets."""
    names = ", ".join(account.name for account in state.accounts) or "nothing"
    locks = " and ".join(
        name for name, lock in (("a PIN", state.pin), ("a passphrase", state.derived)) if lock is not None
    )
    chosen = f", number {state.chosen + 1} chosen" if state.accounts else ""
    return f"{names}{chosen}, {locks or 'no lock'}, {state.tries} tries"


def is_over(expected: Expected, state: State, account: Account, now: float) -> bool:
    """Whether the account has an end, which has come for certain."""
    lease, clock = state.lease(account), expected.clock
    if lease is None:
        return False
    untimed = clock.must_not_be_trusted and lease.timed
    return untimed or lease.is_over(now, clock.off(now) + LOOKED, clock.setbacks)


def must_give(expected: Expected, state: State, account: Account, now: float) -> bool:
    """Whether it has no end, or one that is yet to come for certain."""
    lease, clock = state.lease(account), expected.clock
    drift = clock.doubted * (now - clock.agreed_at)
    return lease is None or lease.is_valid(now, clock.doubts, drift)


def is_entry_of(account: Account, entry: StoredAccount) -> bool:
    fields = "issuer", "label", "algorithm", "digits", "period", "type", "recipe"
    same = all(getattr(account, field) == getattr(entry, field) for field in fields)
    return same and (account.type != HOTP or account.counter == entry.counter)


def typed_for(account: Account, moment: float) -> str:
    """What a press types for it."""
    recipe = account.recipe or "{code}"
    parts = {"{SLOW}": "", "{ENTER}": "\n", "{TAB}": "\t", "{code}": code_at(account, moment)}
    for part, text in parts.items():
        recipe = recipe.replace(part, text)
    return recipe.replace("{user}", account.label)


# Changes


def with_accounts(accounts: tuple[Account, ...]) -> Change:
    return lambda state: replace(state, accounts=(*state.accounts, *accounts))


def without(place: int) -> Change:
    """The chosen account stays chosen; if it is removed itself, the first one is."""

    def change(state: State) -> State:
        state = lending(state.accounts[place], None)(state)
        accounts = state.accounts[:place] + state.accounts[place + 1 :]
        if place == state.chosen or not state.picked:
            return replace(state, accounts=accounts, chosen=0, picked=state.picked and place != state.chosen)
        return replace(state, accounts=accounts, chosen=state.chosen - (place < state.chosen))

    return change


def moved(place: int, to: int) -> Change:
    def change(state: State) -> State:
        accounts = list(state.accounts)
        chosen = accounts[state.chosen]
        accounts.insert(to, accounts.pop(place))
        at = accounts.index(chosen) if state.picked else 0
        return replace(state, accounts=tuple(accounts), chosen=at)

    return change


def with_fields(place: int, **fields: object) -> Change:
    def change(state: State) -> State:
        accounts = list(state.accounts)
        accounts[place] = replace(accounts[place], **fields)  # type: ignore[arg-type]
        return replace(state, accounts=tuple(accounts))

    return change


def counts(state: State, place: int) -> bool:
    """Whether a code of that account is counted before it is given."""
    account = state.accounts[place]
    lease = state.lease(account)
    return account.type == HOTP or (lease is not None and lease.counts)


def counted(place: int) -> Change:
    """A code was given. None by counter comes twice, and an end allows only so many."""

    def change(state: State) -> State:
        account = state.accounts[place]
        if lease := state.lease(account):
            state = lending(account, lease.used())(state)
        step = account.counter + (account.type == HOTP)
        return with_fields(place, counter=step)(state)

    return change


def code_given(state: State) -> State:
    """A press has typed."""
    return counted(state.chosen)(state) if state.accounts else state


def code_of(secret: bytes) -> Change:
    """A press has typed for that account, if it is there."""

    def change(state: State) -> State:
        places = [place for place, account in enumerate(state.accounts) if account.secret == secret]
        return counted(places[0])(state) if places else state

    return change


def lending(account: Account, lease: Lease | None) -> Change:
    """It has that end, or none."""

    def change(state: State) -> State:
        others = tuple(each for each in state.leases if each[0] != account.secret)
        return replace(state, leases=(*others, (account.secret, lease)) if lease else others)

    return change


def choosing(place: int) -> Change:
    return lambda state: replace(state, chosen=place, picked=True)


def next_chosen(state: State) -> State:
    """With the button. With one account there is nothing to choose."""
    count = len(state.accounts)
    return choosing((state.chosen + 1) % count)(state) if count > 1 else state


def with_settings(**fields: object) -> Change:
    return lambda state: replace(state, **fields)  # type: ignore[arg-type]


def after_wrong_pin(state: State) -> State:
    """The eighth wrong PIN destroys the PIN; a passphrase still opens the key."""
    tries = state.tries - 1
    if tries or state.derived is None:
        return replace(state, tries=tries, bound=state.bound and tries > 0)
    return replace(state, tries=limits.TRIES, pin=None, bound=False)


def with_element(state: State) -> State:
    """The PIN was entered, and the element checks it from now on."""
    return replace(opened(state), bound=state.pin is not None)


def opened(state: State) -> State:
    return replace(state, tries=limits.TRIES)


def wiped(state: State) -> State:
    return State(release=state.release)


def expect_entries(expected: Expected, entries: tuple[StoredAccount, ...]) -> None:
    """`list` shows one of the possible states."""
    seen = ", ".join(f"{entry.name}{' (chosen)' if entry.chosen else ''}" for entry in entries) or "nothing"
    names = {account.secret: account.name for state in expected.possible for account in state.accounts}
    require(bool(names) or not entries, "Gone", f"an empty key lists {seen}")
    expected.observe(lambda state: _lists(state, entries), "Kept", f"the key lists {seen}")
    if entries:
        expected.observe(lambda state: entries[state.chosen].chosen, "Named", f"the key lists {seen}")
    expected.shown()


def _lists(state: State, entries: tuple[StoredAccount, ...]) -> bool:
    ends = [lease.end if lease else None for lease in map(state.lease, state.accounts)]
    same = len(entries) == len(state.accounts) and all(map(is_entry_of, state.accounts, entries))
    return same and ends == [unpack(entry.end) for entry in entries]
