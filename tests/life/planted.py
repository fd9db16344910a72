"""Bugs that are planted on purpose: each weakens one rule of the firmware, and a life must notice.

Some are rules of tests/mutants. A bug replaces one text in one file. The text must occur there once, so that
a change of the firmware that moves it is noticed, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.rules import RULES

SOURCES = Path(__file__).resolve().parents[2] / "firmware" / "lib"

_FIRMWARE = "totpkey_firmware/"
_ACCOUNTS = _FIRMWARE + "setup/commands/accounts.py"
_CLONING = _FIRMWARE + "setup/commands/cloning.py"
_SLOTS = _FIRMWARE + "setup/firmware_slots.py"
_SESSION = _FIRMWARE + "setup/session.py"
_PRESSES = _FIRMWARE + "keyboard/presses.py"
_CACHE = _FIRMWARE + "keyboard/code_cache.py"
_TYPIST = _FIRMWARE + "keyboard/typist.py"
_SWITCH = _FIRMWARE + "keyboard/lock_switch.py"
_CHANGES = _FIRMWARE + "vault/changes.py"
_SETTINGS = _FIRMWARE + "vault/settings.py"
_KEEPER = _FIRMWARE + "vault/keeper.py"
_WRITER = _FIRMWARE + "store/page_writer.py"
_PAGES = _FIRMWARE + "store/format.py"
_CLOCK = _FIRMWARE + "clock/ds3231.py"
_SETTING = _FIRMWARE + "setup/clock_setting.py"
_TYPING = _FIRMWARE + "setup/commands/typing.py"
_BACKUP = _FIRMWARE + "setup/commands/backup.py"
_DEVICE = _FIRMWARE + "setup/commands/device.py"
_LOCKS = _FIRMWARE + "setup/commands/locks.py"
_PIN_TRIES = _FIRMWARE + "vault/pin_tries.py"
_UPDATES = _FIRMWARE + "setup/commands/firmware.py"
_VAULT_LOCKS = _FIRMWARE + "vault/locks.py"
_TIMEKEEPER = _FIRMWARE + "clock/timekeeper.py"
_SET_END = _FIRMWARE + "setup/commands/ends.py"
_ENDS = _FIRMWARE + "ends.py"


@dataclass(frozen=True)
class Bug:
    """What is replaced by what, and within how many key-years a life must notice."""

    name: str
    path: str
    old: str
    new: str
    years: float = 10


def _rule(name: str, years: float = 10) -> Bug:
    """The weakening of a rule of tests/mutants."""
    (rule,) = (rule for rule in RULES if rule.name == name)
    return Bug(name, rule.path, rule.old, rule.new, years)


def _untouched(path: str, handler: str, years: float) -> Bug:
    """A handler that does not wait for its first touch."""
    source = (SOURCES / path).read_text(encoding="utf-8")
    begins = source.index(f"def {handler}(")
    ends = re.compile("yield [A-Z]+\n").search(source, begins)
    assert ends
    old = source[begins : ends.end()]
    return Bug(f"{handler} needs no touch", path, old, source[begins : ends.start()] + "pass\n", years)


#: Handlers of requests that need a touch, and within how many key-years the lack of one must be noticed.
_TOUCHED = (
    (_ACCOUNTS, ("rename", "move", "remove", "code", "choose"), 10),
    (_TYPING, ("set_typing",), 10),
    (_BACKUP, ("export",), 10),
    (_LOCKS, ("set_pin",), 10),
    (_ACCOUNTS, ("add", "batch"), 20),
    (_LOCKS, ("set_passphrase", "remove_slot", "set_locking"), 20),
    (_DEVICE, ("wipe",), 20),
    (_UPDATES, ("update",), 20),
    (_CLONING, ("clone_send",), 20),
)
BUGS = (
    *(_untouched(path, handler, years) for path, handlers, years in _TOUCHED for handler in handlers),
    _rule("any touch is the gesture"),
    Bug(
        "a try is not counted",
        _PIN_TRIES,
        "        self._set(self.wrong + 1)\n",
        "",
        20,
    ),
    Bug(
        "a locked key does what an open one does",
        _SESSION,
        "        if self._key.vault.state not in command.states:\n",
        "        if False:\n",
        20,
    ),
    Bug(
        "a clock is set ten seconds ahead",
        _SETTING,
        "timekeeper.set(wanted, now)",
        "timekeeper.set(wanted + 10, now)",
    ),
    Bug(
        "a code is typed twice",
        _PRESSES,
        "if lives and (double or self._typed.get(account) != step):",
        "if lives:",
    ),
    Bug(
        "a code begins two seconds early",
        _CACHE,
        "        time = timekeeper.code_time(now)\n",
        "        time = timekeeper.code_time(now) + 2\n",
    ),
    Bug(
        "a counter is moved on in memory alone",
        _KEEPER,
        "            self.replace(self.index(account.identifier), account)\n",
        "            pass\n",
    ),
    Bug("lock keys stay switched", _SWITCH, "        if self._num_presses & 1:\n", "        if False:\n"),
    Bug(
        "a release is left out",
        _TYPIST,
        "            self._let_go()\n",
        "            self._down = False\n",
        20,
    ),
    Bug(
        "Shift goes down alone before a code",
        _TYPIST,
        "        self._down = False\n        self._send(0, 0, 0)\n",
        "        self._down = False\n        self._send(0 if self._at else 2, 0, 0)\n",
        20,
    ),
    Bug(
        "a new account comes first",
        _CHANGES,
        "self._list(-1, len(self._records), struct.pack(ENTRY, account.identifier, bucket))",
        "self._list(-1, 0, struct.pack(ENTRY, account.identifier, bucket))",
    ),
    Bug("a move is to the first place", _CHANGES, "self._list(index, position, ", "self._list(index, 0, "),
    Bug(
        "a removed account stays in its bucket",
        _CHANGES,
        '                self._body[at - LENGTH_SIZE : end] = b""\n',
        "",
    ),
    Bug("a rename forgets the label", _ACCOUNTS, '    account.label = request.text("label")\n', "    pass\n"),
    Bug(
        "a choice is kept in memory alone",
        _SETTINGS,
        "        self.save(self.floor, account, self.idle, self.suspend)\n",
        "        self.chosen = account\n",
    ),
    Bug(
        "the last account follows one that was removed",
        _KEEPER,
        "max(self.index(self.settings.chosen), 0)",
        "self.index(self.settings.chosen) % max(len(self), 1)",
    ),
    Bug(
        "a secret is printed",
        _ACCOUNTS,
        "    if stored.__dict__ != account.__dict__:\n",
        "    print(account.secret)\n    if stored.__dict__ != account.__dict__:\n",
        1,
    ),
    _rule("each gesture is the same", 20),
    Bug(
        "a right PIN gives no try back",
        _VAULT_LOCKS,
        "        self._tries.clear()\n        self.know(PIN, secret)\n",
        "        self.know(PIN, secret)\n",
        20,
    ),
    Bug(
        "a spent PIN is kept",
        _VAULT_LOCKS,
        "            self.destroy_spent_pin()\n            raise",
        "            raise",
        40,
    ),
    Bug(
        "accounts stay sealed under the older data key",
        _CHANGES,
        "if self._opens(number) and self._records.aged:",
        "if self._opens(number) and not self._records.aged:",
        20,
    ),
    Bug(
        "the clock may be moved by any",
        _SETTING,
        "    if abs(moved) <= (1000 * DRIFT_MOST if blank else expected):",
        "    if True:",
        20,
    ),
    _rule("small steps do not add up", 40),
    Bug(
        "a time that this key did not set is trusted",
        _TIMEKEEPER,
        "if not self.reckoning.synced or time",
        "if time",
        60,
    ),
    Bug("a clock that stopped is believed", _CLOCK, "data[_STATUS] & _OSCILLATOR_STOPPED or ", "", 60),
    Bug(
        "a code that is about to expire is typed",
        _PRESSES,
        "if lives and (double or",
        "if (double or",
        20,
    ),
    Bug(
        "a counter is not used up by its code",
        _ACCOUNTS,
        "        key.vault.count(account)\n",
        "        pass\n",
        20,
    ),
    Bug("a code has no margin", _PRESSES, "typing + 1000 * self._vault.typing_settings.margin", "0", 20),
    Bug(
        "what another computer told of its lock keys is believed",
        _TYPIST,
        "        self.locks.forget(now)\n        if self.busy:\n",
        "        if self.busy:\n",
        250,
    ),
    Bug(
        "what waits when a code is stopped comes later",
        _TYPIST,
        "        self._keyboard.withdraw()\n        self._owes_release = True\n",
        "        self._owes_release = True\n",
        40,
    ),
    Bug(
        "a batch is not written at its end",
        _CHANGES,
        "        self.gathering = False\n        self._write_gathered()\n",
        "        self.gathering = False\n",
        60,
    ),
    Bug(
        "half a page counts as whole",
        _PAGES,
        'return checksum == int.from_bytes(self._content[FIELDS_SIZE:HEAD_SIZE], "little")',
        "return checksum >= 0",
        120,
    ),
    Bug(
        "a page is written over a live one",
        _WRITER,
        "and not self._pages.is_live(place) and place not in self._bad",
        "and place not in self._bad",
        60,
    ),
    Bug(
        "nothing is tidied after a start",
        _WRITER,
        "            if not self._pages.is_live(place) and not self._may_stay(place):\n",
        "            if False:\n",
        60,
    ),
    Bug(
        "an old page is not blanked",
        _WRITER,
        "if place >= 0 and kind not in _MAY_STAY and not self._blank(place):",
        "if False:",
        20,
    ),
    Bug(
        "a key says now and then that it is busy",
        _SESSION,
        "        if not gesture:\n",
        "        if gesture[-1:] in '4':\n",
    ),
    # A second key
    Bug(
        "a copied account forgets what is typed with its code",
        _CLONING,
        "    accounts.store(request.key, account, 0)\n",
        '    account.recipe = ""\n    accounts.store(request.key, account, 0)\n',
        20,
    ),
    Bug(
        "a key tells the secret that it got from another",
        _CLONING,
        '    return {"account": account.name}\n',
        '    return {"account": account.name, "secret": to_hex(account.secret)}\n',
        20,
    ),
    # Updates
    Bug(
        "new firmware is kept before it has run",
        _SLOTS,
        "        _seal(self.slot, _READY, self._length",
        "        _seal(self.slot, slots.MAGIC, self._length",
        60,
    ),
    Bug(
        "an update gives up the seal of the firmware that runs",
        _SLOTS,
        '        _write_seal(self.slot, b"")\n',
        '        _write_seal(running(), b"")\n',
        40,
    ),
    # Accounts that are lent
    Bug(
        "any passphrase renews an end",
        _SET_END,
        "if account.end and not _proves(request, challenge, account):",
        "if False:",
        20,
    ),
    Bug(
        "an end outlives a clock that was set back",
        _ENDS,
        " or self._setbacks != self._vault.settings.setbacks",
        "",
        20,
    ),
    Bug(
        "a program reads codes after the end",
        _ACCOUNTS,
        '    if over(request.key, account):\n        raise Refusal(END_REACHED, "account")\n',
        "",
        20,
    ),
    _rule("a backup has accounts with an end", 20),
    Bug(
        "a clone has accounts with an end",
        _CLONING,
        "    if vault.account(index).end:",
        "    if False:",
        40,
    ),
    Bug(
        "a date ends nothing",
        _FIRMWARE + "ends.py",
        "        if self._until and late >= self._until:\n",
        "        if False:\n",
        20,
    ),
    Bug(
        "codes are given at all hours",
        _FIRMWARE + "ends.py",
        "        return since < (",
        "        return True or (",
        40,
    ),
    Bug("codes are not counted", _FIRMWARE + "ends.py", "    if left != UNCOUNTED:\n", "    if False:\n", 20),
    # A secure element
    Bug(
        "no element is taken into use",
        _FIRMWARE + "vault/element_locks.py",
        "        if self._stored.bank < 0 and replaceable:\n",
        "        if False:\n",
        60,
    ),
    Bug(
        "slots of the element stay destroyed after a right PIN",
        _FIRMWARE + "vault/element_lock.py",
        "            self.banks.freshen(slot.bank, range(self._tries.wrong), secret)\n",
        "            pass\n",
        60,
    ),
    Bug(
        "a try with the element is not counted",
        _FIRMWARE + "vault/element_lock.py",
        "        self._tries.begin(now)\n",
        "        pass\n",
        60,
    ),
    Bug(
        "a key with an element goes to setup without its PIN",
        _FIRMWARE + "element_entry.py",
        "        if self._to_setup:\n            self._key.enter",
        "        if True:\n            self._key.enter",
        60,
    ),
)
