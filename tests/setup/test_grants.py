"""What a touch allows beyond its command, and when each of that ends (consent.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tests.support.firmware import install

install()

from totpkey_firmware.setup.grants import Clone, Grants  # noqa: E402
from totpkey_protocol import errors  # noqa: E402

if TYPE_CHECKING:
    from totpkey_firmware.vault.keeper import Keeper

#: Near the end of CircuitPython's ticks, which begin anew after 2^29 ms.
BEGUN = (1 << 29) - 1000
FIVE_MINUTES = 300_000


class Gathering:
    """What grants do with a vault: accounts are gathered, and written together at the end."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.changes = self
        self.problem = problem
        self.done: list[str] = []

    def gather(self) -> None:
        self.done.append("gather")

    def settle(self) -> None:
        self.done.append("settle")
        if self.problem:
            raise self.problem


def grants(vault: Gathering | None = None) -> Grants:
    return Grants(cast("Keeper", vault or Gathering()))


def left(one: Grants) -> tuple[object, ...]:
    allowed = one.batch, one.export_for, one.challenge, one.clone, one.update, one.changes
    return (*allowed, one.brought)


def test_at_first_nothing_is_allowed() -> None:
    assert left(grants()) == (0, b"", b"", None, None, False, -1)
    assert grants().free == 8


def test_small_changes_need_no_touch_for_five_minutes() -> None:
    one = grants()
    assert not one.changes
    one.begin_changes(BEGUN)
    for after, allowed in ((0, True), (FIVE_MINUTES - 1, True), (FIVE_MINUTES, False)):
        one.turn((BEGUN + after) % (1 << 29))
        assert one.changes is allowed


def test_a_session_may_add_eight_accounts_and_eight_more_after_a_touch() -> None:
    one = grants()
    for _ in range(8):
        assert not one.used_up
        one.use_change()
    assert one.used_up
    one.use_change()
    assert one.free == 0
    one.begin_changes(BEGUN)
    assert not one.used_up
    one.use_change()
    one.turn((BEGUN + FIVE_MINUTES) % (1 << 29))
    assert (one.used_up, one.free) == (False, 8)


def test_a_batch_is_written_with_its_last_account() -> None:
    vault = Gathering()
    one = grants(vault)
    one.use_batch()
    one.end_batch()
    assert vault.done == []
    one.begin_batch(2)
    one.use_batch()
    assert (one.batch, vault.done) == (1, ["gather"])
    one.use_batch()
    assert (one.batch, vault.done) == (0, ["gather", "settle"])
    one.use_batch()
    assert (one.batch, vault.done) == (0, ["gather", "settle"])


def test_an_end_leaves_nothing_allowed() -> None:
    vault = Gathering(errors.Refusal(errors.STORAGE))
    one = grants(vault)
    private, sealing = bytearray(b"p" * 32), bytearray(b"s" * 64)
    one.clone = clone = Clone(private, b"public")
    assert clone.peer == b"", "nobody has agreed yet"
    clone.peer, clone.sealing = b"peer", sealing
    one.export_for, one.challenge = b"0", b"1"
    one.brought, one.update = 7, cast("None", object())
    one.begin_changes(BEGUN)
    one.begin_batch(3)
    one.end()
    assert left(one) == (0, b"", b"", None, None, False, -1)
    assert vault.done == ["gather", "settle"]
    assert (bytes(private), bytes(sealing)) == (bytes(32), bytes(64)), "keys are overwritten"
    assert (bytes(clone.private), clone.peer) == (b"", b"")
