"""What lives have met: events, what happened beside them, and the firmware's branches."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from unittest import mock

from totpkey_virtual.simulator import loader

#: A branch: its file in the firmware, and the number and the text of its first line; of what handles an
#: exception, the text of `except`.
Branch = tuple[str, int, str]

_UNASKED = "requests that no program of ours sends: tests/setup, tests/protocol, tests/fuzz"
_FAILING = "flash, or a part, that fails for good: tests/faults, tests/flash"
_FOREIGN = "pages that nobody's firmware wrote: tests/flash"
_ELEMENT = "an element that answers wrongly, or is another key's: tests/element"
_OTHER_CHIP = "a clock chip that another project has set: tests/clock"
_OTHER_BOARD = "boards of another shape: tests/boards, tests/virtual"
_COMMAND = "requests that only the command sends: tests/locks, tests/element, tests/layouts, tests/install"
_LATE = "a gesture that is not made, or made otherwise: tests/setup"
_MANY = "more than a life has: tests/vault, tests/lending"
_AGAIN = "a clock that is set twice within an hour, or was never set: tests/clock"
_SWITCHED = "lock keys that another keyboard switches: tests/typing"
_SESSION = "an entry that ends while the element's session opens: tests/element"
_EXCLUDED = "what callers exclude, or the light says before"
_MISSED = "a touch or bytes that wait longer than they do in the simulator"
#: Why no life meets branches of these files, or that begin so, in one file or any. All others are to be met.
REASONS = {
    "totpkey_test_face/": _COMMAND,
    "totpkey_firmware/names.py": "names for the interpreter, in a function that nothing calls",
    "totpkey_firmware/loop.py from totpkey_test_face": _COMMAND,
    "totpkey_firmware/setup/commands/firmware.py from ...restart_notes": _COMMAND,
    "totpkey_firmware/setup/commands/locks.py key = request.key": _COMMAND,
    "totpkey_firmware/setup/commands/locks.py from .. import element": _COMMAND,
    "totpkey_firmware/setup/commands/locks.py wire.deinit()": _COMMAND,
    "totpkey_firmware/vault/locks.py slot = self._stored.slot(PASSPHRASE)": _COMMAND,
    "totpkey_firmware/setup/setup_key.py self.presses.codes.forget()": _COMMAND,
    "totpkey_firmware/setup/firmware_slots.py return": _COMMAND,
    "totpkey_firmware/clock/chips.py return False": _OTHER_CHIP,
    "totpkey_firmware/clock/pcf8523.py return words.OFF": _OTHER_CHIP,
    "totpkey_firmware/clock/rv3032.py self._write(_POWER": _OTHER_CHIP,
    "totpkey_firmware/clock/rv3032.py return None": _OTHER_CHIP,
    "totpkey_firmware/clock/timekeeper.py self._lose(LOST)": _OTHER_CHIP,
    "totpkey_firmware/platform.py pass": _OTHER_BOARD,
    "totpkey_firmware/platform.py for led, part": _OTHER_BOARD,
    "totpkey_firmware/platform.py led.value": _OTHER_BOARD,
    "totpkey_firmware/spi.py pass": _OTHER_BOARD,
    "totpkey_firmware/store/flash_file.py": _OTHER_BOARD,
    "totpkey_firmware/clock/drift.py return intervals": _AGAIN,
    "totpkey_firmware/clock/ledger.py return 0": _AGAIN,
    "totpkey_firmware/keyboard/lock_switch.py return self.restore()": _SWITCHED,
    "totpkey_firmware/keyboard/typist.py self._keyboard.withdraw()": _SWITCHED,
    "totpkey_firmware/keyboard/presses.py return False": "a board's key within a code: tests/typing",
    "totpkey_firmware/keyboard/typist.py return": _EXCLUDED,
    "totpkey_firmware/panel/display.py return": _EXCLUDED,
    "totpkey_firmware/setup/commands/borrowing.py there = None": _EXCLUDED,
    "totpkey_firmware/setup/commands/borrowing.py there.end": "a second file for an account: tests/lending",
    "totpkey_firmware/panel/gestures.py return SETUP": "a hold within a code: tests/typing",
    "totpkey_firmware/panel/gestures.py found = True": "a board's key as a computer goes: tests/typing",
    "totpkey_firmware/panel/pin_entry.py return self.forget()": "eleven presses for a digit: tests/locks",
    "totpkey_firmware/platform.py time.sleep(0.001)": _MISSED,
    "totpkey_firmware/element_entry.py self._locked.lost()": _MISSED,
    "totpkey_firmware/element_entry.py self.lost()": _MISSED,
    "totpkey_firmware/element_entry.py self._waits": _SESSION,
    "totpkey_firmware/element_entry.py self._key.light": _SESSION,
    "totpkey_firmware/element_entry.py if not self._waits": _OTHER_BOARD,
    "totpkey_firmware/element_entry.py self._enter()": _OTHER_BOARD,
    "except RuntimeError": _OTHER_BOARD,
    "totpkey_firmware/setup/asking.py return": _LATE,
    "totpkey_firmware/setup/session.py self._end(errors.PRESS_TIMEOUT)": _LATE,
    "totpkey_firmware/setup/session.py elif self._mode": _LATE,
    "totpkey_firmware/setup/session.py self._mode.hold": _LATE,
    "totpkey_firmware/setup/grants.py self.changes = False": _LATE,
    "totpkey_firmware/setup/channel.py return": _UNASKED,
    "totpkey_firmware/setup/session.py return": _UNASKED,
    "totpkey_firmware/vault/keeper.py wipe(data_key)": _UNASKED,
    "totpkey_firmware/crypto/x25519.py x2, z2 = x3, z3": "a scalar that no key has: tests/vault",
    "totpkey_firmware/crypto/kdf.py password = new": _MANY,
    "totpkey_firmware/keyboard/presses.py self._typed = {}": _MANY,
    "totpkey_firmware/store/page_writer.py elif kind != WIPING": _MANY,
    "totpkey_firmware/store/usage_log.py at = _COUNTS": _MANY,
    "totpkey_firmware/vault/loans.py": _MANY,
    "totpkey_firmware/vault/vault.py identifier = ": _MANY,
    "totpkey_firmware/vault/element_lock.py self._replace": _MANY,
    "raise Refusal(FULL": _MANY,
    "totpkey_firmware/vault/key_slots.py return None": _FOREIGN,
    "totpkey_firmware/vault/bank_page.py return None": _FOREIGN,
    "totpkey_firmware/vault/records.py return": _FOREIGN,
    "totpkey_firmware/vault/settings.py return TypingSettings()": _FOREIGN,
    "totpkey_firmware/vault/keeper.py self.typing_settings = TypingSettings()": _FOREIGN,
    "totpkey_firmware/vault/journal.py end = self._": _FOREIGN,
    "totpkey_firmware/vault/sealing.py raise": _FOREIGN,
    "totpkey_firmware/keyboard/keystrokes.py return None": _FOREIGN,
    "except (ValueError, IndexError": _FOREIGN,
    "totpkey_firmware/vault/banks.py": _ELEMENT,
    "totpkey_firmware/vault/element_lock.py": _ELEMENT,
    "totpkey_firmware/vault/element_locks.py raise": _ELEMENT,
    "raise Refusal(come": _UNASKED,
    "raise Refusal(END_REACHED": _UNASKED,
    "raise Refusal(BUSY": _UNASKED,
    "raise Refusal(TOO_": "a PIN that is tried too early: tests/locks",
    "totpkey_firmware/element/tropic01.py": _ELEMENT,
    "totpkey_firmware/element/link.py": _ELEMENT,
    "totpkey_firmware/store/format.py": _FOREIGN,
    "totpkey_firmware/heap.py": "a heap that is full: tests/faults",
    "totpkey_protocol/": _UNASKED,
    "adafruit_hid/": "others' code, of which a key uses the reports alone",
    "totpkey_firmware/setup/foreign.py": "accounts that no key of ours sends: tests/lending",
    "raise Refusal(BAD_VALUE": _UNASKED,
    "raise Refusal(OUT_OF_RANGE": _UNASKED,
    "raise Refusal(CANNOT_TYPE": _UNASKED,
    "raise errors.Refusal(errors.": _UNASKED,
    "raise Refusal(NO_SUCH_SLOT": _UNASKED,
    "raise Refusal(BAD_UPDATE": _UNASKED,
    "raise Refusal(STORAGE": _FAILING,
    "raise OSError": _FAILING,
    "raise RuntimeError": "boards without what CircuitPython needs: tests/boards",
    "raise Refusal(NOT_ALLOWED": _UNASKED,
    "raise Refusal(NOT_FOUND": _UNASKED,
    "raise Refusal(NO_SUCH_CODES": _UNASKED,
    "raise Refusal(NO_ELEMENT": _ELEMENT,
    "raise ElementError": _ELEMENT,
    "raise ValueError": _FOREIGN,
    "raise BadSeal": _FOREIGN,
    "except ElementError": _ELEMENT,
    "except Refusal": _FAILING,
    "except OSError": _FAILING,
    "except Exception": _FAILING,
    "except BadSeal": _FOREIGN,
    "except (BadSeal, Refusal)": _FOREIGN,
    "except ValueError": _FOREIGN,
    "except UnicodeError": _FOREIGN,
}
_MARK = "__life_met__"
_FILES = "/source/"
#: How often each pair that can overlap is to do so.
TWICE = 2
_SHADES = ((1, "."), (3, "o"), (10, "O"), (100, "@"))

_flags = bytearray(1 << 16)
_places: list[Branch] = []


def _mark_all(tree: ast.Module, path: str, lines: list[str]) -> ast.Module:
    """Let each branch note that it ran. Without recursion: the importing stack is deep."""
    for node in list(ast.walk(tree)):
        typed = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if not typed and not isinstance(node, ast.Module | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                body = getattr(node, name, None)
                if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                    head = node.lineno if isinstance(node, ast.ExceptHandler) else 0
                    _mark(body, path, lines, head)
    return tree


def _mark(body: list[ast.stmt], path: str, lines: list[str], head: int) -> None:
    """Mark the branch with this body. `head`: the number of the line that tells what it is, or 0."""
    at = 1 if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else 0
    if at < len(body):
        mark = ast.parse(f"{_MARK}[{len(_places)}] = 1").body[0]
        for part in ast.walk(mark):
            ast.copy_location(part, body[at])
        number = body[at].lineno
        _places.append((path, number, lines[(head or number) - 1].strip()))
        body.insert(at, mark)


@lru_cache(maxsize=512)
def _marked(source: bytes, name: str) -> CodeType:
    path = name.rpartition(_FILES)[2]
    tree = _mark_all(ast.parse(source, name), path, source.decode().splitlines())
    return loader.compile_tree(tree, name)


@contextmanager
def watched() -> Iterator[None]:
    """Note the branches of all firmware that runs meanwhile."""
    setattr(builtins, _MARK, _flags)
    with (
        mock.patch.object(loader, "compile_source", _marked),
        mock.patch.object(loader, "_BUILTINS", f"{loader._BUILTINS} {_MARK}"),
    ):
        yield


def branches() -> tuple[set[Branch], set[Branch]]:
    """Those that ran, and all of the modules that were loaded. Then none has run."""
    ran = {place for number, place in enumerate(_places) if _flags[number]}
    _flags[:] = bytes(len(_flags))
    return ran, set(_places)


def picture(
    met: Counter[tuple[str, str]], events: Iterable[str], besides: Iterable[str], without_power: Iterable[str]
) -> Iterator[str]:
    """How often each event happened, alone and with each thing beside it; and what never overlapped twice."""
    columns = ("", "a cut", *besides)
    width = max(len(event) for event, _ in met)
    yield f"{'':{width}}  alone  " + "  ".join(name for name in columns if name)
    for event in sorted(events):
        counts = [met[event, name] for name in columns]
        shades = "  ".join(
            f"{_shade(count):^{len(name)}}" for name, count in zip(columns[1:], counts[1:], strict=True)
        )
        yield f"{event:{width}}  {counts[0]:5}  {shades}"
    yield "  ".join(f"{shade} from {count} on" for count, shade in _SHADES)
    pairs = [(event, name) for event in events if event not in without_power for name in columns[1:]]
    few = [f"{event} beside {name}" for event, name in pairs if met[event, name] < TWICE]
    yield f"{len(pairs) - len(few)} of {len(pairs)} pairs overlapped at two moments or more"
    yield from (f"  not yet: {pair}" for pair in few)


def _shade(count: int) -> str:
    return max((each for each in _SHADES if count >= each[0]), default=(0, " "))[1]


def unmet(ran: set[Branch], known: set[Branch]) -> Iterator[str]:
    """How many branches never ran for a reason, and those, by file, that lack one."""
    left = sorted(known - ran)
    reasons = Counter(map(_reason, left))
    lacking = [(path, line) for path, line, text in left if not _reason((path, line, text))]
    yield f"{len(ran)} of {len(known)} branches of the firmware ran, {len(lacking)} did not without a reason"
    yield from (f"  {count} of {reason}" for reason, count in reasons.items() if reason)
    for path in dict.fromkeys(path for path, _ in lacking):
        yield f"  {path}: {', '.join(str(line) for each, line in lacking if each == path)}"


def _reason(branch: Branch) -> str:
    path, _, text = branch
    places = f"{path} {text}", text
    return next((why for start, why in REASONS.items() if any(one.startswith(start) for one in places)), "")
