"""The parts of the firmware whose code is mutated, the tests that should notice, and what none can."""

from __future__ import annotations

from dataclasses import dataclass

_FIRMWARE = "totpkey_firmware/"


@dataclass(frozen=True)
class Area:
    """Modules, by their paths in firmware/lib, and tests, the quickest first."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _modules(folder: str, names: str) -> tuple[str, ...]:
    """Those of a folder of the firmware, by their names."""
    return tuple(f"{_FIRMWARE}{folder}/{name}.py" for name in names.split())


def _tests(names: str) -> tuple[str, ...]:
    return tuple(f"tests/{name}" for name in names.split())


AREAS = {
    "consent": Area(
        _modules("setup", "asking session grants channel"),
        _tests("attacks setup model link accounts/test_batch.py"),
    ),
    "commands": Area(
        _modules("setup", "clock_setting clone exchange foreign")
        + _modules("setup/commands", "accounts backup borrowing clock cloning device ends firmware lending")
        + _modules("setup/commands", "locks typing"),
        _tests("attacks setup accounts lending clone backup clock locks journal"),
    ),
    "journal": Area(
        tuple(f"{_FIRMWARE}{name}.py" for name in ("ends", "key", "loop", "store/usage_log"))
        + _modules("vault", "journal card loans lock_changes"),
        _tests("journal vault lending locks typing"),
    ),
    "presses": Area(
        _modules("keyboard", "presses") + _modules("panel", "gestures"),
        _tests("typing accounts codes locks boards"),
    ),
    "clock": Area(
        _modules("clock", "timekeeper reckoning ledger drift"), _tests("clock codes attacks/test_clock.py")
    ),
    "store": Area(
        _modules("store", "pool page_writer live_pages format glance"), _tests("vault flash cuts setup")
    ),
    "vault": Area(
        _modules("vault", "keeper vault changes records locks key_slots pin_tries sealing"),
        _tests("vault locks accounts flash backup cuts element lending journal"),
    ),
    "frames": Area(("totpkey_protocol/frames.py",), _tests("protocol attacks/test_sessions.py link setup")),
}

_TIMEKEEPER = f"{_FIRMWARE}clock/timekeeper.py"
_STORE = f"{_FIRMWARE}store/"
_LIVE_PAGES = f"{_STORE}live_pages.py"
_NEGATIVE = "any place below 0 is none"
_NONE_LIVE = "where none is live, none is left to be verified"
_COUNTED_ANEW = "the same is counted once more"
_ASKING = f"{_FIRMWARE}setup/asking.py"
_GRANTS = f"{_FIRMWARE}setup/grants.py"
_SESSION = f"{_FIRMWARE}setup/session.py"
_A_ROUND = "a millisecond is less than a round of the key's loop"
_FRAMES = "totpkey_protocol/frames.py"
_COUNTER = "its users compare it with what it was"
_WRITTEN_FIRST = "it is written before it is read"
_KEEPER = f"{_FIRMWARE}vault/keeper.py"
_TENDS = "if self._find_wire and any(self.pool.has(ELEMENT, bank) for bank in range(BANKS)):"
_VAULT = f"{_FIRMWARE}vault/vault.py"
_DRAWN = 'identifier = int.from_bytes(self.entropy.take(4), "big") or 1'
_PRESSES = f"{_FIRMWARE}keyboard/presses.py"
_NO_PRESS_YET = "no account has pressed yet, so it is not read"
_JUST_IN_TIME = "if account is not None and self._can_tell and not codes.remaining(now):"
_SOONER = "the next code is computed sooner"
_CHANGES = f"{_FIRMWARE}vault/changes.py"
_NO_BANK = "where no bank was filled, nothing is left over; this saves the memory of what would look"

#: Mutants that no test can notice, and why: by the module, the line, what stood there, and what came instead.
SURVIVORS: dict[tuple[str, str, str, str], str] = {
    (_TIMEKEEPER, "self.changes = 0", "0", "1"): _COUNTER,
    (_TIMEKEEPER, "self._last = 0", "self._last = 0", "pass"): _WRITTEN_FIRST,
    (_TIMEKEEPER, "self._last = 0", "0", "1"): _WRITTEN_FIRST,
    (_TIMEKEEPER, "if time > self._told:", "time > self._told", "(time) >= (self._told)"): (
        "the same time is told either way"
    ),
    (_TIMEKEEPER, "self._told = 0", "0", "1"): "no clock shows the first second of 1970",
    (_FRAMES, "LONG = 512", "512", "513"): "a chosen size, which the tests take from here",
    (_FRAMES, "return frame[self._at] if self._at < len(frame) else -1", "1", "2"): "no byte is negative",
    (_FRAMES, "letter = frame[self._at] if self._at < len(frame) else -1", "1", "2"): "no byte is negative",
    (_FRAMES, "if first == 0x2D or 0x30 <= first <= 0x39:", "0x39", "58"): (
        "a colon is refused as a number without digits, with the same error"
    ),
    (
        _ASKING,
        "self._down, self._early = True, not self.begun and shown < 1000 * ANNOUNCED",
        "1000 * ANNOUNCED",
        "((1000) // (ANNOUNCED))",
    ): "a request is announced for one second",
    (
        _ASKING,
        "return COUNTED if self.presses <= self._next_count() else WRONG",
        "self.presses <= self._next_count()",
        "True",
    ): "the count is compared when it is complete, and then ends the request; this ends it earlier",
    (_ASKING, "return DIGIT if lasted >= HOLD else WRONG", "lasted >= HOLD", "True"): (
        "on a locked key a press never comes here: it is a digit, and ends the request before"
    ),
    (
        _ASKING,
        "if self._early or self.wants_hold or self.presses:",
        "self._early or self.wants_hold or self.presses",
        "((self._early) or (self.presses))",
    ): "on a locked key they are digits of its PIN until that hold was made, and never come here",
    (_SESSION, "self._check_state(request.command)", "self._check_state(request.command)", "pass"): (
        "what waits ends in the round in which the key locks; this looks once more"
    ),
    (_SESSION, "self._channel.end()", "self._channel.end()", "pass"): (
        "a program that comes later does not have the key of the session, and its requests prove nothing"
    ),
    (_SESSION, "self._channel.drop()", "self._channel.drop()", "pass"): (
        "only replies that were not sent yet are dropped: the owner's program takes none of their ids"
    ),
    (_GRANTS, "if not self.changes and self.free:", "not self.changes and self.free", "((self.free))"): (
        "a touch gives back all free changes when its time begins, and none is used up before it ends"
    ),
    (
        _SESSION,
        "left_alone = not self._key.held and passed(touched, now) >= _LEFT_ALONE",
        "passed(touched, now) >= _LEFT_ALONE",
        "(passed(touched, now)) > (_LEFT_ALONE)",
    ): _A_ROUND,
    (f"{_STORE}format.py", "self._place = -1", "1", "2"): _NEGATIVE,
    (f"{_STORE}glance.py", "index, wiping = -1, False", "1", "2"): _NEGATIVE,
    (_LIVE_PAGES, "_NAME_SIZE = 2", "2", "3"): "each place takes a byte more",
    (_LIVE_PAGES, "if self._count < 0:", "self._count < 0", "True"): _COUNTED_ANEW,
    (_LIVE_PAGES, "if self._count < 0:", "self._count < 0", "(self._count) <= (0)"): _COUNTED_ANEW,
    (_LIVE_PAGES, "if self._count < 0:", "0", "1"): _COUNTED_ANEW,
    (_LIVE_PAGES, "if place < 0 and self._count < 0:", "self._count < 0", "(self._count) <= (0)"): _NONE_LIVE,
    (_LIVE_PAGES, "if place < 0 and self._count < 0:", "0", "1"): _NONE_LIVE,
    (
        f"{_STORE}glance.py",
        "file.seek(START + place * STRIDE)",
        "file.seek(START + place * STRIDE)",
        "pass",
    ): "the slower way comes to the same",
    (_LIVE_PAGES, "if kind and kind < _LIVE:", "kind < _LIVE", "(kind) <= (_LIVE)"): (
        "no page is of the kind 0, to which this is added"
    ),
    (_GRANTS, "self._changes_at = 0", "self._changes_at = 0", "pass"): _WRITTEN_FIRST,
    (_GRANTS, "self._changes_at = 0", "0", "1"): _WRITTEN_FIRST,
    (f"{_FIRMWARE}panel/gestures.py", "self._spent = False", "self._spent = False", "pass"): _WRITTEN_FIRST,
    (_KEEPER, _TENDS, _TENDS[3:-1], "True"): _NO_BANK,
    (
        _KEEPER,
        _TENDS,
        _TENDS[3:-1],
        "((self._find_wire) or (any(self.pool.has(ELEMENT, bank) for bank in range(BANKS))))",
    ): _NO_BANK,
    (_VAULT, _DRAWN, "1", "2"): "any number but 0 will do",
    (
        _CHANGES,
        "elif self._pool.has(RECORDS, bucket):",
        "self._pool.has(RECORDS, bucket)",
        "True",
    ): "only a bucket that is in flash becomes empty",
    (_PRESSES, "self.waiting = False", "self.waiting = False", "pass"): (
        "accounts_changed, which the start calls, writes it; the other places are noticed"
    ),
    (_PRESSES, "self._account = -1", "1", "2"): "no account has a negative identifier",
    (_PRESSES, "self._pressed_at = 0", "self._pressed_at = 0", "pass"): _NO_PRESS_YET,
    (_PRESSES, "self._pressed_at = 0", "0", "1"): _NO_PRESS_YET,
    (_PRESSES, "self._held_back = False", "self._held_back = False", "pass"): _NO_PRESS_YET,
    (_PRESSES, "self._step = 0", "self._step = 0", "pass"): _WRITTEN_FIRST,
    (_PRESSES, "self._step = 0", "0", "1"): _WRITTEN_FIRST,
    (_PRESSES, "self._clock_changes = self._accounts = 0", "0", "1"): "the first code is made twice",
    (_PRESSES, _JUST_IN_TIME, _JUST_IN_TIME[3:-1], "True"): _SOONER,
    (
        _PRESSES,
        _JUST_IN_TIME,
        _JUST_IN_TIME[3:-1],
        "((account is not None) or (self._can_tell) or (not codes.remaining(now)))",
    ): _SOONER,
    (_CHANGES, "self._records.shut()", "self._records.shut()", "pass"): (
        "after a write, what is open has no bucket, or is the same in flash; what opens the next page wipes"
        " it. The two other places are noticed"
    ),
}
