"""The rules, and how each is weakened. `make mutants` sees that the named tests notice it.

Only what the mutants of an area's code (code.py) do not try is here.
A weakening replaces one text in one file of the firmware. The text must occur there once, so that a change of
the firmware that moves a rule is noticed, too.
"""

from __future__ import annotations

from dataclasses import dataclass

_FIRMWARE = "totpkey_firmware/"
_SESSION = _FIRMWARE + "setup/session.py"
_ASKING = _FIRMWARE + "setup/asking.py"
_CHANNEL = _FIRMWARE + "setup/channel.py"
_GRANTS = _FIRMWARE + "setup/grants.py"
_COMMANDS = _FIRMWARE + "setup/commands/"
_ACCOUNTS = _COMMANDS + "accounts.py"
_BACKUP = _COMMANDS + "backup.py"
_BORROWING = _COMMANDS + "borrowing.py"
_LENDING = _COMMANDS + "lending.py"
_SETTING = _FIRMWARE + "setup/clock_setting.py"
_PRESSES = _FIRMWARE + "keyboard/presses.py"
_TRIES = _FIRMWARE + "vault/pin_tries.py"
_LOCK_CHANGES = _FIRMWARE + "vault/lock_changes.py"
_SEALING = _FIRMWARE + "vault/sealing.py"

_CONSENT = "tests/attacks/test_consent.py"
_SESSIONS = "tests/attacks/test_sessions.py"
_CLOCKS = "tests/attacks/test_clock.py"
_LENT = "tests/lending/test_lent_key.py"
_BY_FILE = "tests/lending/test_by_file.py"
_FILE_CUTS = "tests/lending/test_file_cuts.py"
_USAGE_LOG = _FIRMWARE + "store/usage_log.py"
_JOURNAL = _FIRMWARE + "vault/journal.py"
_OF_JOURNAL = "tests/journal/test_journal.py"
_OF_PAGES = "tests/vault/test_journal.py"


@dataclass(frozen=True)
class Rule:
    """One rule: what its weakening replaces by what, and the tests that fail then."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


RULES = (
    # What a gesture is
    Rule(
        "any touch is the gesture",
        _ASKING,
        "if self.counted == self.gesture:",
        "if self.counted:",
        (
            _CONSENT + "::test_an_export_is_taken_over_by_no_program_and_its_owner_hears_of_it",
            "tests/attacks/test_pairs.py::test_a_sample_of_pairs",
        ),
    ),
    Rule(
        "a locked key takes the gesture without its hold",
        _ASKING,
        "self.wants_hold = locked",
        "self.wants_hold = False",
        (_CONSENT + "::test_a_locked_key_takes_no_digit_of_a_pin_for_a_gesture",),
    ),
    Rule(
        "each gesture is the same",
        _ASKING,
        "gesture = left[",
        'gesture = "33" if "33" else left[',
        (_CONSENT + "::test_asking_again_and_again_never_brings_the_owners_gesture",),
    ),
    Rule(
        "a gesture is given again after a minute",
        _ASKING,
        "_NOT_MADE = 120_000",
        "_NOT_MADE = 60_000",
        (_CONSENT + "::test_asking_again_and_again_never_brings_the_owners_gesture",),
    ),
    Rule(
        "a gesture may contain another",
        _ASKING,
        "not any(gesture in told[0] or told[0] in gesture for told in self._told)",
        "not any(gesture == told[0] for told in self._told)",
        (_CONSENT + "::test_asking_again_and_again_never_brings_the_owners_gesture",),
    ),
    Rule(
        "a gesture that was made comes again at once",
        _ASKING,
        "_MADE if made else _NOT_MADE",
        "0 if made else _NOT_MADE",
        (_CONSENT + "::test_a_gesture_that_was_made_does_not_come_again_at_once",),
    ),
    Rule(
        "a single press is in gestures",
        "totpkey_protocol/limits.py",
        "COUNT_LEAST = 2",
        "COUNT_LEAST = 1",
        (_CONSENT + "::test_no_gesture_has_a_single_press",),
    ),
    Rule(
        "everything takes two counts",
        _ASKING,
        "every(3 if consent == EVERYTHING else 2)",
        "every(2)",
        (_CONSENT + "::test_what_gives_everything_away_takes_three_counts",),
    ),
    # How a request waits and ends
    Rule(
        "nothing is announced",
        "totpkey_protocol/limits.py",
        "ANNOUNCED = 1\n",
        "ANNOUNCED = 0\n",
        (_CONSENT + "::test_a_touch_that_was_on_its_way_counts_for_nothing",),
    ),
    Rule(
        "other lights count as the announcement",
        _SESSION,
        "return min(self._key.light.showing(light.ASKING[pending.consent], at), passed(pending.at, at))",
        "return passed(pending.at, at)",
        (_CONSENT + "::test_what_waits_is_shown_for_a_second_with_nothing_else_between",),
    ),
    Rule(
        "the button is dead for a moment only",
        _SESSION,
        "passed(self._ended_at, now) >= 1000 * limits.CALM",
        "passed(self._ended_at, now) >= 1000",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
    ),
    Rule(
        "after a wrong gesture the next request is taken",
        _SESSION,
        "self._after = _CALM",
        "self._after = _DEAF",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
    ),
    Rule(
        "not agreed looks as every other end",
        _SESSION,
        "light.NOT_AGREED if self._after == _CALM else light.REFUSED",
        "light.REFUSED",
        (_CONSENT + "::test_not_agreed_has_a_light_of_its_own",),
    ),
    # Who asks
    Rule(
        "a code is not covered",
        _CHANNEL,
        "left ^ right for left, right",
        "left for left, right",
        (_SESSIONS + "::test_a_code_is_for_the_program_that_asked",),
    ),
    # Grants
    Rule(
        "an export is for any key",
        _BACKUP,
        "allowed = equal(key.grants.export_for, derived)",
        "allowed = bool(key.grants.export_for)",
        ("tests/attacks/test_forgeries.py::test_no_forgery_passes",),
    ),
    # An account's end
    Rule(
        "an end does not count the clock's possible error",
        _FIRMWARE + "ends.py",
        "return time, time + (timekeeper.reckoning.worst(time) + 999) // 1000",
        "return time, time",
        ("tests/lending/test_decade.py",),
    ),
    Rule(
        "an update overwrites what the one on trial falls back to",
        _FIRMWARE + "setup/firmware_slots.py",
        "if running() == slots.NONE or not is_kept():",
        "if running() == slots.NONE:",
        ("tests/install/test_update.py::test_firmware_on_trial_does_not_touch_the_one_to_fall_back_to",),
    ),
    Rule(
        "an owner's answer serves for another account",
        _COMMANDS + "ends.py",
        'account.identifier.to_bytes(4, "big") + ',
        "",
        ("tests/lending/test_lent_key.py",),
    ),
    Rule(
        "an owner's answer serves again",
        _GRANTS,
        'challenge, self.challenge = self.challenge, b""',
        "challenge = self.challenge",
        ("tests/lending/test_lent_key.py",),
    ),
    Rule(
        "a code lasts beyond the end",
        _FIRMWARE + "ends.py",
        "return 0 if self.why else self.left(timekeeper, now)",
        "return 0 if self.why else PERIOD_MOST",
        (_LENT + "::test_a_code_that_cannot_be_typed_in_time_is_not_typed",),
    ),
    # Accounts that are lent by a file
    Rule(
        "an older file renews an end",
        _BORROWING,
        "max(used, cards.made_of(there) if there else 0)",
        "used",
        (_BY_FILE + "::test_a_newer_file_renews_the_end_and_an_older_one_does_not",),
    ),
    Rule(
        "an account that flash has lost comes back by its file",
        _FIRMWARE + "vault/card.py",
        "identifier, made = vault.identifier(index), _LAST",
        "identifier, made = vault.identifier(index), 0",
        ("tests/lending/test_book.py",),
    ),
    Rule(
        "a cut uses up a file",
        _BORROWING,
        ".note(mark, used, account.identifier)",
        ".note(mark, made, account.identifier)",
        (_FILE_CUTS + "::test_a_file_is_accepted_or_opens_again",),
    ),
    Rule(
        "a file is answered whose loan is in no book",
        _LENDING,
        "    _enter(request, index, end, True)\n",
        "",
        (_FILE_CUTS + "::test_a_loan_is_in_the_book_or_nobody_has_its_file",),
    ),
    Rule(
        "a loan that runs makes room for another",
        _FIRMWARE + "vault/loans.py",
        "or 0 < self._number(at, _UNTIL) <= now",
        "or self._number(at, _UNTIL) >= 0",
        ("tests/lending/test_book.py::test_the_page_is_what_the_document_says",),
    ),
    Rule(
        "a code is counted after it is typed",
        _PRESSES,
        "                self._vault.count(account)\n                if not",
        "                self._typist.type(self._ticks())\n                while self._typist.busy:\n"
        "                    self._typist.turn(self._ticks())\n"
        "                self._vault.count(account)\n                if not",
        (_LENT + "::test_a_plug_that_is_pulled_gives_no_code_that_was_not_counted",),
    ),
    Rule(
        "a backup has accounts with an end",
        _BACKUP,
        "while index < len(key.vault) and key.vault.account(index).end:",
        "while False:",
        (_LENT + "::test_what_is_lent_leaves_the_key_in_no_backup_and_no_clone",),
    ),
    # The clock
    Rule(
        "small steps do not add up",
        _SETTING,
        "moved = ledger.moved + displacement(key, time, asked)",
        "moved = displacement(key, time, asked)",
        (
            "tests/setup/test_commands.py::test_small_corrections_need_no_hold_until_they_add_up",
            "tests/attacks/test_clock.py",
            "tests/clock/test_trust.py",
        ),
    ),
    Rule(
        "a program's time ends the naming of the first",
        _SETTING,
        "    if agreed:\n        ledger.first = 0\n",
        "    if agreed or ledger.approved:\n        ledger.first = 0\n",
        (_CLOCKS,),
    ),
    Rule(
        "what a program says of its time is believed",
        _SETTING,
        "        error = min(error, reckoning.worst(before) + abs(moved))\n",
        "        pass\n",
        (_CLOCKS,),
    ),
    Rule(
        "drift explains any time after years",
        _SETTING,
        ", 1000 * DRIFT_MOST)\n    moved",
        ", 1 << 60)\n    moved",
        (
            _CLOCKS,
            "tests/clock",
        ),
    ),
    # Retries
    Rule(
        "tries in a power-up are without number",
        "totpkey_protocol/limits.py",
        "TRIES_A_POWER_UP = 3",
        "TRIES_A_POWER_UP = 8",
        ("tests/vault/test_locks.py",),
    ),
    Rule(
        "the delay does not grow",
        _TRIES,
        "1000 << self.wrong + 1 - TRIES_A_POWER_UP",
        "2000",
        ("tests/vault/test_locks.py",),
    ),
    Rule(
        "a try is counted after the PIN was checked",
        _FIRMWARE + "vault/locks.py",
        "            self._tries.begin(now)\n            secret = slot.derive(pin)\n            data_key = slot.unwrap(secret, self._stored.slots.export)\n",
        "            secret = slot.derive(pin)\n            data_key = slot.unwrap(secret, self._stored.slots.export)\n            self._tries.begin(now)\n",
        (
            "tests/vault/test_locks.py",
            "tests/locks",
        ),
    ),
    # Sealing
    Rule(
        "an older page is as good as a new one",
        _SEALING,
        'struct.pack("<BBI", kind, bucket, sequence)',
        'struct.pack("<BBI", kind, bucket, 0)',
        ("tests/vault/test_forged.py",),
    ),
    Rule(
        "a page opens in another's place",
        _SEALING,
        'struct.pack("<BBI", kind, bucket, sequence)',
        'struct.pack("<BBI", kind, 0, sequence)',
        ("tests/flash/test_flash_dump.py",),
    ),
    Rule(
        "how it types is not checked",
        _SEALING,
        "    except BadSeal:\n        return False\n",
        "    except BadSeal:\n        pass\n",
        ("tests/vault/test_forged.py",),
    ),
    Rule(
        "a random number repeats where the chip's own do",
        _FIRMWARE + "crypto/kdf.py",
        "            self.reseed(os.urandom(_DIGEST))\n",
        "            self._stirred = os.urandom(_DIGEST)\n",
        ("tests/vault/test_ciphers.py",),
    ),
    Rule(
        "exports are switched on in flash",
        _FIRMWARE + "vault/key_slots.py",
        "return bytes((_VERSION, _EXPORT if export else 0))",
        "return bytes((_VERSION,))",
        (
            "tests/vault",
            "tests/flash",
        ),
    ),
    Rule(
        "a PIN's slot opens as a passphrase's",
        _FIRMWARE + "vault/key_slots.py",
        'return expand(secret, b"totpkey slot " + kind.encode())',
        'return expand(secret, b"totpkey slot ")',
        (
            "tests/vault",
            "tests/flash",
        ),
    ),
    Rule(
        "what stands beside a wrapped key may be changed",
        _FIRMWARE + "vault/key_slots.py",
        "self.wrapped = seal(key, (_settled(export), self.head()), data_key)",
        'self.wrapped = seal(key, (_settled(export), b""), data_key)',
        ("tests/vault",),
    ),
    # A new data key with each lock
    Rule(
        "a slot is wrapped by what does not open it",
        _LOCK_CHANGES,
        "        except BadSeal:\n            return False\n",
        "        except BadSeal:\n            return True\n",
        ("tests/vault/test_locks.py",),
    ),
    Rule(
        "the older data key goes before everything is sealed anew",
        _FIRMWARE + "vault/keeper.py",
        "if changes.seal_again(number):",
        "if changes.seal_again(number) and False:",
        ("tests/vault/test_locks.py",),
    ),
    Rule(
        "pages are sealed anew in the midst of a batch",
        _FIRMWARE + "vault/keeper.py",
        "        if changes.gathering:\n            return\n",
        "        changes.settle()\n",
        ("tests/vault/test_locks.py",),
    ),
    # The journal of codes
    Rule(
        "journal: a proof is good in any place",
        _USAGE_LOG,
        "mark[: _MARK_SIZE - 1], how, at, 0)",
        "mark[: _MARK_SIZE - 1], how, 0, 0)",
        (_OF_JOURNAL + "::test_a_mark_of_somebody_without_the_data_key_is_not_proved",),
    ),
    Rule(
        "journal: a page opens in any place",
        _JOURNAL,
        "return associated(JOURNAL, 0, sequence) + (bytes((generation,)),)",
        "return associated(JOURNAL, 0, 0) + (bytes((generation,)),)",
        (_OF_PAGES + "::test_an_older_page_does_not_open_in_a_newer_ones_place",),
    ),
    Rule(
        "journal: what it drops leaves the chain",
        _JOURNAL,
        "            room[_BASE:_DROPPED] = hashlib.new(",
        "            hashlib.new(",
        (_OF_PAGES + "::test_two_thousand_uses",),
    ),
    Rule(
        "journal: a locked key tells it",
        "totpkey_protocol/commands.py",
        'Command("journal", takes=_STARTS, states=_OPEN),',
        'Command("journal", takes=(_start,)),',
        (_OF_JOURNAL + "::test_a_locked_key_tells_nothing_and_a_wiped_one_has_forgotten",),
    ),
    Rule(
        "journal: what was told counts as typed",
        _ACCOUNTS,
        "key.everyday.used(account.identifier, key.platform.ticks(), TOLD)",
        "key.everyday.used(account.identifier, key.platform.ticks(), 1)",
        (_OF_JOURNAL + "::test_what_was_typed_and_told_is_there_in_its_order",),
    ),
)
