"""What can be done to a key with an element, and every moment at which its power can fail meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.element.lock_bench import OTHER_PIN, PIN, WRONG_PIN, Bench, Moment, Stepping
from tests.vault.bench import TORN
from totpkey_firmware.store.format import RETRIES
from totpkey_firmware.vault.element_lock import OPENINGS
from totpkey_firmware.vault.keeper import Keeper
from totpkey_protocol.storage import PAGE, START, STRIDE
from totpkey_protocol.words import OPEN


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


def by_passphrase(bench: Bench) -> Keeper:
    """Opened by its passphrase in setup, and back in its everyday face, where it finishes what is left."""
    locked = bench.setup().state != OPEN
    data_key = bench.opened_by_passphrase().hand_over() if locked else None
    keeper = bench.everyday()
    if data_key:
        keeper.resume(data_key)
    keeper.turn()
    return keeper


def _set(bench: Bench) -> None:
    bench.opened_by_passphrase().set_pin(PIN)
    bench.opened(PIN)


def _change(bench: Bench) -> None:
    bench.opened_in_setup().set_pin(OTHER_PIN)
    bench.opened(OTHER_PIN)


def _remove(bench: Bench) -> None:
    bench.opened_in_setup().remove_slot("pin")
    by_passphrase(bench)


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
    Flow("passphrase after wrong PINs", by_passphrase, approach=_wrong(5)),
    Flow("wipe", lambda bench: bench.setup().wipe(), PIN, None),
)
