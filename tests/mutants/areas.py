"""The parts of the firmware whose code is mutated, the tests that should notice, and what none can."""

from __future__ import annotations

from dataclasses import dataclass

_FIRMWARE = "totpkey_firmware/"


@dataclass(frozen=True)
class Area:
    """Modules, by their paths in firmware/lib, and tests, the quickest first."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = {
    "consent": Area(
        tuple(f"{_FIRMWARE}setup/{name}.py" for name in ("asking", "session", "grants")),
        ("tests/setup/test_consent.py", "tests/attacks", "tests/setup", "tests/model", "tests/link"),
    ),
    "presses": Area(
        (f"{_FIRMWARE}keyboard/presses.py", f"{_FIRMWARE}panel/gestures.py"),
        ("tests/typing", "tests/accounts", "tests/codes", "tests/locks", "tests/boards"),
    ),
    "clock": Area(
        tuple(f"{_FIRMWARE}clock/{name}.py" for name in ("timekeeper", "reckoning", "ledger", "drift")),
        ("tests/clock", "tests/codes", "tests/attacks/test_clock.py"),
    ),
    "store": Area(
        tuple(
            f"{_FIRMWARE}store/{name}.py"
            for name in ("pool", "page_writer", "live_pages", "format", "glance")
        ),
        ("tests/vault", "tests/flash", "tests/cuts", "tests/setup"),
    ),
    "vault": Area(
        tuple(
            f"{_FIRMWARE}vault/{name}.py"
            for name in (
                "keeper",
                "vault",
                "changes",
                "records",
                "locks",
                "key_slots",
                "pin_tries",
                "sealing",
            )
        ),
        ("tests/vault", "tests/locks", "tests/accounts", "tests/flash", "tests/backup", "tests/cuts"),
    ),
    "frames": Area(
        ("totpkey_protocol/frames.py",),
        ("tests/protocol", "tests/attacks/test_sessions.py", "tests/link", "tests/setup"),
    ),
}

#: Mutants that no test can notice, and why: by the module, what stood there, and what came instead.
SURVIVORS: dict[tuple[str, str, str], str] = {}
