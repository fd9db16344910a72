"""Checks of a key."""

from __future__ import annotations

import re
import sys

from totpkey.clock import phrases
from totpkey.clock.host_clock import UNSYNCHRONISED
from totpkey.doctor.case import BAD, GOOD, ODD, UNKNOWN, Case, Finding, KeyCase
from totpkey_protocol import limits, words
from totpkey_protocol.version import __version__

#: Offsets below this, in s, do not matter for a code of 30 s.
_SMALL = 2.0
_BACKUP = "`totpkey backup FILE` makes one"


def firmware(key: KeyCase, case: Case) -> Finding:
    """Whether key and command have the same version."""
    detail = f"{key.hello.firmware}, and this command is {__version__}"
    if key.hello.firmware == __version__:
        return Finding("firmware", GOOD, key.hello.firmware)
    if _numbers(key.hello.firmware) < _numbers(__version__):
        return Finding("firmware", ODD, detail, "`totpkey update` brings the key to the command's version.")
    newer = "`git pull`, then `make setup drive`, where the command's sources are, bring it to the key's."
    return Finding("firmware", ODD, detail, newer)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def oscillator(key: KeyCase, case: Case) -> Finding | None:
    if not key.clock.chip:
        return None
    if key.hello.clock == words.LOST:
        remedy = "Run `totpkey time sync`. If it comes back after unplugging, put in a new battery."
        return Finding("oscillator", BAD, "it has stopped since the clock was set", remedy)
    return Finding("oscillator", GOOD, "it has run since the clock was set")


def battery(key: KeyCase, case: Case) -> Finding | None:
    if not key.clock.chip:
        return None
    if key.clock.battery == words.LOW:
        return Finding("battery", BAD, "nearly empty", "Put in a new one, then run `totpkey time sync`.")
    if key.clock.battery == words.OFF:
        return Finding(
            "battery", BAD, "not used by the chip", "Run `totpkey time sync`, which switches it on."
        )
    if key.clock.battery == words.UNKNOWN:
        detail = f"a {key.clock.chip} cannot tell; an empty one shows as a lost time after unplugging"
        return Finding("battery", UNKNOWN, detail)
    return Finding("battery", GOOD, "good")


def offset(key: KeyCase, case: Case) -> Finding | None:
    if key.offset is None:
        return None
    detail = phrases.offset(key.offset)
    if abs(key.offset.seconds) < _SMALL:
        return Finding("time", GOOD, detail)
    if case.host_clock == UNSYNCHRONISED:
        remedy = "Nothing keeps this computer's clock right: look which of the two is wrong."
        return Finding("time", ODD, detail, remedy)
    grade = BAD if abs(key.offset.seconds) > limits.BUDGET else ODD
    return Finding("time", grade, detail, "Run `totpkey time sync`.")


def budget(key: KeyCase, case: Case) -> Finding | None:
    if key.offset is None:
        return None
    detail = phrases.budget(key.clock, case.now)
    if key.hello.clock == words.DOUBTFUL:
        return Finding("budget", BAD, detail, "The key types nothing until `totpkey time sync` was run.")
    early = key.clock.off > 1000 * limits.DUE or not key.clock.set
    return Finding("budget", ODD if early else GOOD, detail, "Run `totpkey time sync`." if early else "")


def changes(key: KeyCase, case: Case) -> Finding | None:
    if not key.clock.changes:
        return None
    detail = f"somebody agreed to {key.clock.changes} at the button"
    return Finding("changes of time", GOOD, detail, "`totpkey time log` lists them: see whether it was you.")


def lock(key: KeyCase, case: Case) -> Finding | None:
    if key.slots is None:
        return Finding("lock", GOOD, "blank: nothing to protect yet")
    if key.hello.state == words.BLOCKED:
        return Finding(
            "lock", BAD, "the PIN is destroyed", "`totpkey unlock` with the passphrase, or `totpkey wipe`."
        )
    if key.slots.device:
        remedy = "`totpkey pin set` or `totpkey passphrase set` locks it."
        return Finding("lock", ODD, "none: whoever holds the key can type its codes", remedy)
    if key.slots.pin and key.slots.tries < limits.TRIES:
        return Finding(
            "lock",
            ODD,
            f"{key.slots.tries} of {limits.TRIES} wrong PINs are left",
            "The right one gives all back.",
        )
    return Finding("lock", GOOD, "a PIN or a passphrase opens it")


def typing(key: KeyCase, case: Case) -> Finding | None:
    """How codes are typed, and whether that suits this computer."""
    if key.typing is None:
        return None
    letters = f"letters in {key.typing.layout}" if key.typing.layout else "digits, Tab and Enter alone"
    detail = f"{key.typing.mode}, {letters}"
    if key.typing.mode == words.KEYPAD and sys.platform == "darwin":
        remedy = "A Mac has no NumLock: `totpkey typing set --mode keypad-mac`, or `totpkey calibrate`."
        return Finding("typing", ODD, detail, remedy)
    return Finding("typing", GOOD, detail)


def backup(key: KeyCase, case: Case) -> Finding | None:
    """How old the last backup is, and whether it still has all accounts."""
    if key.backup is None or not key.hello.accounts or (key.slots and not key.slots.export):
        return None
    if not key.backup.time:
        return Finding(
            "backup", ODD, "none was made", f"{_BACKUP}, or `totpkey add --also` onto a spare key."
        )
    age = phrases.duration(max(case.now - key.backup.time, 0))
    detail = f"made {age} ago, on {phrases.moment(key.backup.time)[:10]}"
    if key.backup.changed:
        return Finding("backup", ODD, f"{detail}; accounts have come or gone since", f"{_BACKUP}.")
    return Finding("backup", GOOD, f"{detail}, of the accounts that are on the key")


CHECKS = (firmware, oscillator, battery, offset, budget, changes, lock, typing, backup)
