"""A PIN with an element, with a cut at every write to flash and every step of every command; and a thief."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tests.element.thief import NOTHING, TRIES, Loot, loot, usable
from tests.element.wires import OTHER_PIN, PIN, WRONG_PIN, Bench, Moment, Stepping, with_pin
from tests.support.cases import sampled
from tests.vault.bench import TORN, account, as_tuple, contents
from totpkey_firmware.crypto import x25519
from totpkey_firmware.store.format import RETRIES
from totpkey_firmware.vault import bank_page, key_slots
from totpkey_firmware.vault.element_lock import OPENINGS
from totpkey_firmware.vault.keeper import Keeper
from totpkey_protocol.errors import Refusal
from totpkey_protocol.storage import PAGE, START, STRIDE
from totpkey_protocol.words import BLANK, BLOCKED, LOCKED, OPEN


@dataclass
class Trace:
    """All that a cut can leave of a flow, in their order: what is the same is there once."""

    moments: list[Moment] = field(default_factory=list[Moment])
    _seen: set[tuple[int, tuple[bytes, ...]]] = field(default_factory=set[tuple[int, tuple[bytes, ...]]])

    def note(self, flash: bytes, memory: Stepping) -> None:
        identity = hash(flash), tuple(memory._slots)
        if identity not in self._seen:
            self._seen.add(identity)
            self.moments.append(Moment(flash, memory.copied()))


@contextlib.contextmanager
def traced(bench: Bench) -> Iterator[Trace]:
    """Note every moment of what is done on the bench; begin before the key is plugged in."""
    trace = Trace()
    path, memory = bench.path, bench.memory

    def told() -> None:
        trace.note(path.read_bytes(), memory)

    def before_write(place: int, page: bytes) -> None:
        flash = path.read_bytes()
        at = START + STRIDE * place
        for torn in TORN.values():
            left = torn(flash[at : at + PAGE], page, place)
            trace.note(flash[:at] + left + flash[at + PAGE :], memory)

    memory.told, bench.before_write = told, before_write
    try:
        yield trace
    finally:
        memory.told = bench.before_write = None
        trace.note(path.read_bytes(), memory)


@dataclass(frozen=True)
class Flow:
    """What is done to a key whose PIN is `before`; then it is `after`. None: no PIN."""

    name: str
    act: Callable[[Bench], object]
    before: str | None = PIN
    after: str | None = PIN
    #: What is done before it is watched.
    approach: Callable[[Bench], object] = lambda bench: None

    def run(self, bench: Bench) -> Trace:
        self.approach(bench)
        with traced(bench) as trace:
            self.act(bench)
        return trace


def _set(bench: Bench) -> None:
    bench.opened_by_passphrase().set_pin(PIN)
    bench.opened(PIN)


def _change(bench: Bench) -> None:
    bench.opened_in_setup().set_pin(OTHER_PIN)
    bench.opened(OTHER_PIN)


def _remove(bench: Bench) -> None:
    bench.opened_in_setup().remove_slot("pin")
    bench.back_by_passphrase()


def _without_pin(bench: Bench) -> None:
    if bench.setup().has("pin"):
        _remove(bench)


def _wrong(times: int) -> Callable[[Bench], None]:
    def act(bench: Bench) -> None:
        for _ in range(times):
            assert not bench.opens(WRONG_PIN)

    return act


def _worn(bench: Bench) -> None:
    bench.everyday().pool.write(RETRIES, bytes((0,)) + (OPENINGS - 1).to_bytes(2, "little"))


FLOWS = (
    Flow("set", _set, None, PIN, _without_pin),
    Flow("change", _change, PIN, OTHER_PIN),
    Flow("move", Bench.opened, approach=_worn),
    Flow("remove", _remove, PIN, None),
    Flow("right PIN", Bench.opened),
    Flow("right PIN after wrong ones", Bench.opened, approach=_wrong(5)),
    Flow("wrong PIN", _wrong(1)),
    Flow("last wrong PIN", _wrong(1), PIN, None, _wrong(7)),
    Flow("passphrase after wrong PINs", Bench.back_by_passphrase, approach=_wrong(5)),
    Flow("wipe", lambda bench: bench.setup().wipe(), PIN, None),
)


PINS = (PIN, OTHER_PIN)
#: Of the moments of a flow that can be cut twice, so many.
TWICE = 7
#: Of these `make test` tries each cut.
QUICK = ("remove",)

each_flow = pytest.mark.parametrize(
    "flow", sampled(FLOWS, [flow for flow in FLOWS if flow.name in QUICK]), ids=lambda flow: flow.name
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The curve by PyCA, which `tests/clone` holds ours against, and few iterations: many sessions."""

    def multiply(scalar: bytes, point: bytes, *_: object) -> bytes:
        private = X25519PrivateKey.from_private_bytes(bytes(scalar))
        return private.exchange(X25519PublicKey.from_public_bytes(bytes(point)))

    monkeypatch.setattr(x25519, "multiply", multiply)
    monkeypatch.setattr(key_slots, "ITERATIONS", 2)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return with_pin(tmp_path)


def tries(moment: Moment, found: Loot | None = None) -> int:
    """A thief's tries with what he `found` before, or with this moment's flash."""
    return len(usable(loot(moment.flash) if found is None else found, moment.element, PINS))


def open_by_either(bench: Bench, flow: Flow) -> Keeper | None:
    """Opened by a PIN that may be right, the new one first: one of them is."""
    for pin in dict.fromkeys(pin for pin in (flow.after, flow.before) if pin):
        with contextlib.suppress(Refusal):
            return bench.opened(pin)
    return None


@contextlib.contextmanager
def when(what: str) -> Iterator[None]:
    """Say of a failure where it was."""
    try:
        yield
    except Exception as error:
        error.add_note(what)
        raise


def check(bench: Bench, flow: Flow, moment: Moment) -> None:
    """Old or new, a right PIN opens, and then all is well."""
    bench.put_back(moment)
    vault = bench.setup()
    if vault.state == BLANK:
        assert flow.name == "wipe"
    elif vault.has("pin"):
        opened = open_by_either(bench, flow)
        assert opened is not None
        check_open(bench, opened, TRIES)
    else:
        assert None in (flow.before, flow.after)
        assert vault.state == (BLOCKED if flow.name == "last wrong PIN" else LOCKED)
        check_open(bench, bench.back_by_passphrase(), 0)


def check_open(bench: Bench, keeper: Keeper, expected: int) -> None:
    assert keeper.state == OPEN
    assert contents(keeper) == [as_tuple(account(1))]
    assert len(bank_page.known(keeper.pool)) == (1 if expected else 0)
    assert bench.tries_left == expected
    assert tries(bench.moment()) == expected


@each_flow
def test_every_cut_leaves_a_pin_that_opens(bench: Bench, flow: Flow) -> None:
    trace = flow.run(bench)
    assert len(trace.moments) > 4
    for number, moment in enumerate(trace.moments):
        with when(f"{flow.name}, moment {number} of {len(trace.moments)}"):
            check(bench, flow, moment)


@each_flow
def test_every_cut_of_a_recovery_does_so_too(bench: Bench, flow: Flow) -> None:
    moments = flow.run(bench).moments
    for moment in moments[:: max(1, len(moments) // TWICE)]:
        bench.put_back(moment)
        with traced(bench) as trace:
            open_by_either(bench, flow)
        for number, cut in enumerate(trace.moments):
            with when(f"{flow.name}, second cut {number} of {len(trace.moments)}"):
                check(bench, flow, cut)


def most_tries(moments: list[Moment]) -> int:
    """Of a thief who comes at any of these moments, with a dump of every one until then."""
    found, most = NOTHING, 0
    for moment in moments:
        found |= loot(moment.flash)
        most = max(most, tries(moment, found))
    return most


@each_flow
def test_a_thief_has_eight_tries_at_most(bench: Bench, flow: Flow) -> None:
    assert most_tries([bench.moment(), *flow.run(bench).moments]) == TRIES


#: What is done with a key in a life; its PIN is the same again before each.
LIFE = ("right PIN", "move", "wrong PIN", "right PIN after wrong ones", "remove", "set", "move", "remove")


@pytest.mark.slow
def test_a_thief_has_eight_tries_at_most_in_a_whole_life(bench: Bench) -> None:
    moments = [bench.moment()]
    for name in LIFE:
        moments += next(flow for flow in FLOWS if flow.name == name).run(bench).moments
    assert most_tries(moments) == TRIES
    every = NOTHING
    for moment in moments:
        every |= loot(moment.flash)
    assert len(every.banks) == 4
    assert tries(moments[-1], every) == 0


def test_a_thief_who_drives_the_element_himself(bench: Bench) -> None:
    """Seven wrong PINs leave the right one its try, eight do not; whatever flash is put back."""
    stolen = bench.moment()
    for wrong in range(TRIES + 1):
        bench.put_back(stolen)
        for slot in range(wrong):
            bench.memory.mac_and_destroy(slot, bytes((wrong,)) * 32)
        assert tries(bench.moment(), loot(stolen.flash)) == TRIES - wrong
        opened = [bench.opens(PIN) for _ in range(TRIES)]
        assert any(opened) == (wrong < TRIES)
