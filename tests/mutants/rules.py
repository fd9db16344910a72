"""The rules, and how each is weakened. `make mutants` sees that the named tests notice it.

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
_HANDOVER = _COMMANDS + "handover.py"
_CLOCK = _COMMANDS + "clock.py"
_CLONING = _COMMANDS + "cloning.py"
_LOCKS = _COMMANDS + "locks.py"
_TYPING = _COMMANDS + "typing.py"
_SETTING = _FIRMWARE + "setup/clock_setting.py"
_CLONE = _FIRMWARE + "setup/clone.py"
_LOOP = _FIRMWARE + "loop.py"
_PRESSES = _FIRMWARE + "keyboard/presses.py"
_TRIES = _FIRMWARE + "vault/pin_tries.py"
_LOCK_CHANGES = _FIRMWARE + "vault/lock_changes.py"
_SEALING = _FIRMWARE + "vault/sealing.py"
_SIV = _FIRMWARE + "crypto/siv.py"

_RENEWAL = "tests/vault/test_renewal.py"
_CONSENT = "tests/attacks/test_consent.py"
_SESSIONS = "tests/attacks/test_sessions.py"
_PAIRS = "tests/attacks/test_pairs.py"
_FILES = "tests/attacks/test_files.py"
_DENIAL = "tests/attacks/test_denial.py"
_KEYPAD = "tests/attacks/test_keypad.py"
_TYPED = "tests/attacks/test_typing.py"
_CLOCKS = "tests/attacks/test_clock.py"
_STATES = "tests/setup/test_states.py"
_LENT = "tests/lending/test_lent_key.py"
_BY_FILE = "tests/lending/test_by_file.py"
_FILE_CUTS = "tests/lending/test_file_cuts.py"
_OWN = "tests/setup/test_consent.py"
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
    #: Why no test can tell the weakened firmware from the real one; empty for all others.
    equivalent: str = ""


RULES = (
    # What a gesture is
    Rule(
        "any touch is the gesture",
        _ASKING,
        "if self.counted == self.gesture:",
        "if self.counted:",
        (
            _CONSENT + "::test_an_export_is_taken_over_by_no_program_and_its_owner_hears_of_it",
            _CONSENT + "::test_the_gesture_for_the_clock_hands_out_no_secrets",
        ),
    ),
    Rule(
        "a wrong count goes on",
        _ASKING,
        "return DIGIT if self.gesture.startswith(self.counted) else WRONG",
        "return DIGIT",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
    ),
    Rule(
        "a press too many is forgiven",
        _ASKING,
        "return COUNTED if self.presses <= self._next_count() else WRONG",
        "return COUNTED",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
        "The count is compared when it is complete, and then ends the request; this ends it earlier.",
    ),
    Rule(
        "a hold is a press",
        _ASKING,
        "if lasted >= HOLD or self._entry.press(at) != pin_entry.COUNTED:",
        "if self._entry.press(at) != pin_entry.COUNTED:",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
    ),
    Rule(
        "an early touch counts",
        _ASKING,
        "        if self._early:\n            return WRONG\n",
        "",
        (_CONSENT + "::test_a_touch_that_was_on_its_way_counts_for_nothing",),
    ),
    Rule(
        "a touch from before the request counts",
        _ASKING,
        "        if not self._down:\n            return NOTHING\n",
        "",
        (_CONSENT + "::test_a_touch_that_began_before_the_request_counts_for_nothing",),
    ),
    Rule(
        "a locked key takes the gesture without its hold",
        _ASKING,
        "self.wants_hold = locked",
        "self.wants_hold = False",
        (_CONSENT + "::test_a_locked_key_takes_no_digit_of_a_pin_for_a_gesture",),
    ),
    Rule(
        "a press is the hold",
        _ASKING,
        "return DIGIT if lasted >= HOLD else WRONG",
        "return DIGIT",
        (_CONSENT + "::test_a_locked_key_takes_no_digit_of_a_pin_for_a_gesture",),
        "On a locked key a press never comes here: it is a digit, and ends the request before.",
    ),
    Rule(
        "a pause without end",
        _ASKING,
        "if event == pin_entry.FORGOTTEN:\n            return WRONG",
        "if event == pin_entry.FORGOTTEN:\n            return NOTHING",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
    ),
    Rule(
        "each gesture is the same",
        _ASKING,
        "gesture = left[",
        'gesture = "33" if "33" else left[',
        (_CONSENT + "::test_asking_again_and_again_never_brings_the_owners_gesture",),
    ),
    Rule(
        "a gesture is given again at once",
        _ASKING,
        "        self._told.append([gesture, now, _NOT_MADE])\n",
        "",
        (
            _PAIRS + "::test_no_pair_gives_the_program_anything",
            _CONSENT + "::test_asking_again_and_again_never_brings_the_owners_gesture",
        ),
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
        "a second request takes the place of the first",
        _SESSION,
        "                self._end(errors.BUSY)\n                raise errors.Refusal(errors.BUSY)\n",
        "                self._end(errors.BUSY)\n",
        (_CONSENT + "::test_a_second_request_ends_the_first_and_neither_is_carried_out",),
    ),
    Rule(
        "a request waits on when a second one is refused",
        _SESSION,
        "                self._end(errors.BUSY)\n                raise errors.Refusal(errors.BUSY)\n",
        "                raise errors.Refusal(errors.BUSY)\n",
        (_FILES,),
    ),
    Rule(
        "a request is not ended by another session",
        _SESSION,
        "                self._end(errors.NO_SESSION)\n",
        "",
        (_CONSENT + "::test_the_light_says_when_a_request_ends_without_its_touch",),
    ),
    Rule(
        "a request outlives its port",
        _SESSION,
        "        self.open = False\n        self._end(errors.BUSY)\n",
        "        self.open = False\n",
        (_CONSENT + "::test_a_program_whose_port_closed_learns_what_became_of_its_request",),
    ),
    Rule(
        "a request outlives an open key",
        _SESSION,
        "            self._key.grants.end()\n            self._end(errors.NOT_ALLOWED)\n",
        "            self._key.grants.end()\n",
        ("tests/setup/test_consent.py::test_what_was_asked_of_an_open_key_is_not_done_by_a_locked_one",),
    ),
    Rule(
        "a request waits for ever",
        _SESSION,
        "            self._end(errors.PRESS_TIMEOUT)\n",
        "            pass\n",
        (_CONSENT + "::test_nobody_who_agrees_is_waited_for_without_end",),
    ),
    Rule(
        "a touch after the end types",
        _SESSION,
        "self.calm = not pending.locked or pending.begun",
        "self.calm = False",
        (_CONSENT + "::test_a_touch_for_a_request_that_has_ended_does_nothing",),
    ),
    Rule(
        "the button is dead for a moment only",
        _SESSION,
        "over = passed(self._ended_at, now) >= 1000 * limits.CALM",
        "over = passed(self._ended_at, now) >= 1000",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
    ),
    Rule(
        "after a wrong gesture the next request is taken",
        _SESSION,
        "self._ended_at, self._refuses = now, agreed_not",
        "self._ended_at, self._refuses = now, False",
        (_CONSENT + "::test_what_people_do_wrong_ends_in_not_agreed_and_nothing_done",),
    ),
    Rule(
        "the light does not say that a request ended",
        _SESSION,
        "        self._key.light.moment(light.NOT_AGREED if agreed_not else light.REFUSED)\n",
        "",
        (_CONSENT + "::test_the_light_says_when_a_request_ends_without_its_touch",),
    ),
    Rule(
        "not agreed looks as every other end",
        _SESSION,
        "light.NOT_AGREED if agreed_not else light.REFUSED",
        "light.REFUSED",
        (_CONSENT + "::test_not_agreed_has_a_light_of_its_own",),
    ),
    Rule(
        "the key does not say that it waits",
        _SESSION,
        "elif result or passed(self._beat_at, now) >= 1000 * limits.BEAT:",
        "elif result:",
        (_CONSENT + "::test_the_key_says_each_second_that_it_waits_and_what_it_has_counted",),
    ),
    Rule(
        "the key does not say what it counts",
        _SESSION,
        "elif result or passed(self._beat_at, now)",
        "elif passed(self._beat_at, now)",
        (_CONSENT + "::test_the_key_says_each_second_that_it_waits_and_what_it_has_counted",),
    ),
    Rule(
        "a touch is asked for while a PIN is entered",
        _SESSION,
        "if self._refuses or (self.entering and locked):",
        "if self._refuses:",
        (_CONSENT + "::test_a_locked_key_takes_no_digit_of_a_pin_for_a_gesture",),
    ),
    Rule(
        "a digit of a PIN does not end what waits",
        _SESSION,
        "            # On a locked key a press is always part of a PIN, whatever request waits.\n            self._end(errors.BUSY)\n",
        "            pass\n",
        (_CONSENT + "::test_a_locked_key_takes_no_digit_of_a_pin_for_a_gesture",),
    ),
    Rule(
        "a touch for a request types, too",
        _SESSION,
        "            touch.spend()\n",
        "            pass\n",
        (
            "tests/setup/test_commands.py::test_a_press_for_a_command_types_nothing",
            _CONSENT + "::test_a_touch_for_a_request_that_has_ended_does_nothing",
        ),
    ),
    Rule(
        "touches count again while a finger still taps",
        _SESSION,
        "        if over and not self._key.held and passed(touched, now) >= _LEFT_ALONE:\n",
        "        if over:\n",
        (_CONSENT,),
    ),
    Rule(
        "a touch stands for a state that is over",
        _SESSION,
        "            self._check_state(request.command)\n            begun",
        "            begun",
        (
            _OWN,
            _CONSENT,
        ),
        "What waits ends in the round in which the key locks; this looks once more.",
    ),
    Rule(
        "a program keeps open what its owner has left",
        _SESSION,
        "        return untouched if untouched >= 1000 * limits.SETUP_UNTOUCHED else since(self._heard_at, now)\n",
        "        return since(self._heard_at, now)\n",
        (_OWN,),
    ),
    Rule(
        "setup never ends by itself",
        _SESSION,
        "if self._key.leaving or (idle and self._key.vault.state != words.BLANK):",
        "if self._key.leaving:",
        (
            "tests/setup/test_faces.py",
            _OWN,
        ),
    ),
    Rule(
        "a key of a board counts within another count",
        _ASKING,
        "if self._early or self.wants_hold or self.presses:",
        "if self._early or self.wants_hold:",
        (_KEYPAD,),
    ),
    Rule(
        "a key of a board counts before the announcement",
        _ASKING,
        "if self._early or self.wants_hold or self.presses:",
        "if self.wants_hold or self.presses:",
        (_KEYPAD,),
    ),
    Rule(
        "a key of a board counts without the hold",
        _ASKING,
        "if self._early or self.wants_hold or self.presses:",
        "if self._early or self.presses:",
        (
            _CONSENT,
            _KEYPAD,
        ),
        "On a locked key they are digits of its PIN until that hold was made, and never come here.",
    ),
    # Who asks
    Rule(
        "any tag proves",
        _CHANNEL,
        "if len(tag) and not self._proves(text, tag):",
        "if False:",
        (_SESSIONS + "::test_a_frame_that_was_changed_is_refused",),
    ),
    Rule(
        "a frame is taken twice",
        _CHANNEL,
        "if request[0] <= self._last:",
        "if False:",
        (_SESSIONS + "::test_a_frame_is_taken_once",),
    ),
    Rule(
        "what changes needs no session",
        _SESSION,
        'if not tag and given.get("command") not in commands.UNPROVED:',
        "if False:",
        (_SESSIONS + "::test_nothing_is_answered_outside_a_session",),
    ),
    Rule(
        "a session outlives its port",
        _SESSION,
        "        self._channel.end()\n",
        "",
        (
            _SESSIONS + "::test_small_changes_are_not_another_programs",
            _SESSIONS + "::test_an_export_is_not_another_programs",
        ),
        "A program that comes later does not have the key of the session, and its requests prove nothing.",
    ),
    Rule(
        "grants outlive a session",
        _COMMANDS + "device.py",
        "    key.grants.end()\n    channel.begin",
        "    channel.begin",
        (
            _SESSIONS + "::test_small_changes_are_not_another_programs",
            _SESSIONS + "::test_an_export_is_not_another_programs",
        ),
    ),
    Rule(
        "half a frame outlives its port",
        _CHANNEL,
        "        self._lines.clear()\n        self._serial.clear()\n",
        "        self._serial.clear()\n",
        (_SESSIONS + "::test_half_a_frame_ends_with_the_session_that_began_it",),
    ),
    Rule(
        "half a frame stays for ever",
        _CHANNEL,
        "            # The sender has gone, and the next program's record must not continue this one.\n"
        "            self._lines.clear()\n",
        "            pass\n",
        (_SESSIONS + "::test_half_a_frame_is_not_the_beginning_of_another_programs",),
    ),
    Rule(
        "a code is not covered",
        _CHANNEL,
        "left ^ right for left, right",
        "left for left, right",
        (_SESSIONS + "::test_a_code_is_for_the_program_that_asked",),
    ),
    Rule(
        "replies to another program outlive its session",
        _SESSION,
        "                self._channel.drop()\n                self._end(",
        "                self._end(",
        (_SESSIONS,),
        "Only replies that were not sent yet are dropped: the owner's program takes none of their ids.",
    ),
    # Grants
    Rule(
        "an export is for any key",
        _BACKUP,
        'allowed = key.grants.export_for == request.text("derived")',
        'allowed = key.grants.export_for != ""',
        (_SESSIONS + "::test_an_export_is_for_the_one_key_that_it_named",),
    ),
    Rule(
        "an export needs no touch",
        _BACKUP,
        "    if not allowed:\n        yield EVERYTHING\n",
        "    if False:\n        yield EVERYTHING\n",
        (_SESSIONS + "::test_an_export_is_for_the_one_key_that_it_named",),
    ),
    Rule(
        "an export is confirmed that nobody agreed to",
        _BACKUP,
        "elif start == index and start and allowed:",
        "elif start == index and start:",
        (_SESSIONS + "::test_no_backup_is_noted_that_nobody_agreed_to",),
    ),
    Rule(
        "a batch goes on over other commands",
        _SESSION,
        "if request.tag and request.command.name not in OF_A_BATCH:",
        "if False:",
        (_SESSIONS + "::test_a_batch_ends_with_another_command_of_its_program",),
    ),
    Rule(
        "a batch never ends",
        _GRANTS,
        "        elif self.batch:\n            self.batch -= 1\n",
        "",
        (_SESSIONS + "::test_a_batch_is_as_long_as_it_said",),
    ),
    Rule(
        "small changes are allowed for ever",
        _GRANTS,
        "since(self._changes_at, now) >= 1000 * CHANGES_LAST",
        "False",
        (_CONSENT + "::test_no_press_for_small_changes_outlives_lock_port_or_five_minutes",),
    ),
    Rule(
        "grants outlive a minute",
        _SESSION,
        ">= 1000 * limits.GRANT_IDLE",
        ">= 100_000 * limits.GRANT_IDLE",
        (
            _CONSENT + "::test_no_export_outlives_a_minute",
            _CONSENT + "::test_no_press_for_small_changes_outlives_lock_port_or_five_minutes",
        ),
    ),
    Rule(
        "grants outlive a lock",
        _LOCKS,
        "    key.grants.end()\n    key.vault.lock()\n",
        "    key.vault.lock()\n",
        (
            _CONSENT + "::test_no_batch_outlives_a_lock",
            _CONSENT + "::test_no_press_for_small_changes_outlives_lock_port_or_five_minutes",
        ),
        "The session sees in its next round that the key is locked, and ends them; nothing is served before.",
    ),
    Rule(
        "grants outlive a wipe",
        _COMMANDS + "device.py",
        "    yield EVERYTHING\n    key.grants.end()\n",
        "    yield EVERYTHING\n",
        ("tests/setup/test_consent.py::test_locking_and_wiping_end_what_a_touch_has_allowed",),
        "A wiped key is not open, and the session ends its grants in the next round.",
    ),
    Rule(
        "free changes are without number",
        _GRANTS,
        "            self.free -= 1\n",
        "            pass\n",
        ("tests/attacks/test_denial.py::test_a_few_accounts_come_without_a_touch_and_no_more",),
    ),
    Rule(
        "an update outlives what ends grants",
        _GRANTS,
        "        self.update = None\n        self.export_for",
        "        self.export_for",
        (_CONSENT + "::test_no_update_outlives_a_lock_a_wipe_or_a_minute",),
    ),
    Rule(
        "small changes outlive what ends grants",
        _GRANTS,
        "        self.changes = False\n        self.brought = -1\n",
        "        self.brought = -1\n",
        (
            _CONSENT,
            _SESSIONS,
        ),
    ),
    Rule(
        "an export outlives what ends grants",
        _GRANTS,
        '        self.export_for = ""\n        self.changes = False\n',
        "        self.changes = False\n",
        (
            _CONSENT,
            _SESSIONS,
        ),
    ),
    Rule(
        "an account that came is any program's",
        _GRANTS,
        "        self.brought = -1\n        self.end_clone()\n",
        "        self.end_clone()\n",
        (
            _SESSIONS,
            _DENIAL,
            _TYPED,
        ),
    ),
    Rule(
        "a clone outlives what ends grants",
        _GRANTS,
        "        self.end_clone()\n        try:\n",
        "        try:\n",
        (
            _SESSIONS,
            _CONSENT,
            "tests/clone",
        ),
    ),
    Rule(
        "a batch outlives what ends grants",
        _GRANTS,
        "            self.end_batch()\n        except Refusal:",
        "            pass\n        except Refusal:",
        (
            _CONSENT,
            _SESSIONS,
        ),
    ),
    Rule(
        "a change counts as free after its touch",
        _GRANTS,
        "        if not self.changes and self.free:\n            self.free -= 1\n",
        "        if self.free:\n            self.free -= 1\n",
        (
            _DENIAL,
            "tests/setup/test_commands.py",
        ),
        "A touch gives back all free changes when its time begins, and none is used up before it ends: fewer are left then.",
    ),
    # Single commands
    Rule(
        "an account that types more comes by itself",
        _ACCOUNTS,
        "    if _types_more(account.recipe, account.kind):\n        account.check()",
        "    if False:\n        account.check()",
        (_TYPED,),
    ),
    Rule(
        "a Steam account comes by itself",
        _ACCOUNTS,
        "return kind == STEAM or recipe",
        "return recipe",
        (_TYPED,),
    ),
    Rule(
        "a typed label is renamed within a grant",
        _ACCOUNTS,
        "if not key.grants.changes or USER_PART in key.vault.account(index).recipe:",
        "if not key.grants.changes:",
        (_TYPED,),
    ),
    Rule(
        "another table within a grant",
        _TYPING,
        " or (table and table != before.table):",
        ":",
        (_TYPED,),
    ),
    Rule("another mode within a grant", _TYPING, ' or request.text("mode") != before.mode', "", (_TYPED,)),
    Rule(
        "a table of the program's own",
        _TYPING,
        "    if table and not is_known(table):",
        "    if False:",
        (_TYPED,),
    ),
    Rule(
        "a shell's signs in a name",
        _ACCOUNTS,
        "if USER_PART in account.recipe and not _is_name(account.label):",
        "if False:",
        (_TYPED,),
    ),
    Rule(
        "a program chooses the account that is typed",
        _ACCOUNTS,
        "    if not key.grants.changes and key.vault.identifier(index) != key.grants.brought:\n",
        "    if False:\n",
        (_TYPED, _PAIRS),
    ),
    Rule(
        "exports are switched off without a touch",
        _LOCKS,
        '    if not request.number("export"):\n        yield ACCESS\n',
        "    if False:\n        yield ACCESS\n",
        ("tests/attacks/test_denial.py::test_nothing_is_switched_off_for_good_without_a_touch",),
    ),
    Rule(
        "a clone is sent to whoever asks next",
        _CLONING,
        "    if not (clone.sends and clone.peer == peer):\n        yield EVERYTHING",
        "    if not clone.sends:\n        yield EVERYTHING",
        ("tests/clone/test_clone.py",),
    ),
    Rule(
        "what a clone brings is not checked",
        _CLONING,
        "    foreign.check(account)\n    if accounts",
        "    if accounts",
        ("tests/clone/test_clone.py::test_what_is_received_is_checked_as_strictly_as_what_is_added",),
    ),
    Rule(
        "a point of low order is taken",
        _FIRMWARE + "setup/exchange.py",
        "if shared == bytes(x25519.SIZE):",
        "if False:",
        ("tests/clone/test_clone.py", _BY_FILE),
    ),
    Rule(
        "accounts come without number",
        _ACCOUNTS,
        "    if wants_touch(request.key, account):\n        yield CHANGE\n    code = store",
        "    if False:\n        yield CHANGE\n    code = store",
        (
            _DENIAL,
            _TYPED,
        ),
    ),
    Rule(
        "a batch needs no touch",
        _ACCOUNTS,
        "    yield CHANGE\n    key.vault.reseed",
        "    key.vault.reseed",
        (
            _STATES,
            _OWN,
        ),
    ),
    Rule(
        "a rename needs no touch",
        _ACCOUNTS,
        "if not key.grants.changes or USER_PART in",
        "if USER_PART in",
        (
            _STATES,
            _OWN,
        ),
    ),
    Rule(
        "a move needs no touch",
        _ACCOUNTS,
        "    if not key.grants.changes:\n        yield CHANGE\n    key.vault.changes.move",
        "    if False:\n        yield CHANGE\n    key.vault.changes.move",
        (
            _STATES,
            _OWN,
        ),
    ),
    Rule(
        "a removal needs no touch",
        _ACCOUNTS,
        "    yield CHANGE\n    key.whole_vault.remove(index)",
        "    key.whole_vault.remove(index)",
        (
            _STATES,
            _OWN,
            "tests/setup/test_handlers.py",
        ),
    ),
    Rule(
        "a code needs no touch",
        _ACCOUNTS,
        "    yield USE\n    account =",
        "    account =",
        (
            _STATES,
            _OWN,
        ),
    ),
    Rule(
        "a recipe that types more needs no touch",
        _ACCOUNTS,
        '    if _types_more(request.text("recipe"), key.vault.account(index).kind) or key.grants.used_up:',
        "    if key.grants.used_up:",
        (
            _TYPED,
            _STATES,
        ),
    ),
    Rule(
        "recipes change without number",
        _ACCOUNTS,
        '    if _types_more(request.text("recipe"), key.vault.account(index).kind) or key.grants.used_up:',
        '    if _types_more(request.text("recipe"), key.vault.account(index).kind):',
        (_DENIAL,),
    ),
    Rule(
        "a counter is not used up by its code",
        _ACCOUNTS,
        "        key.vault.count(account)\n",
        "        pass\n",
        ("tests/accounts/test_uses.py",),
    ),
    Rule(
        "a PIN is set without a touch",
        _LOCKS,
        '    yield ACCESS\n    _settle(key)\n    return {"renewed": int(key.whole_vault.set_pin',
        '    _settle(key)\n    return {"renewed": int(key.whole_vault.set_pin',
        (_STATES,),
    ),
    Rule(
        "a passphrase is set without a touch",
        _LOCKS,
        "    yield ACCESS\n    _settle(key)\n    renewed = key.whole_vault.set_passphrase",
        "    _settle(key)\n    renewed = key.whole_vault.set_passphrase",
        (_STATES,),
    ),
    Rule(
        "a lock is removed without a touch",
        _LOCKS,
        '    yield ACCESS\n    _settle(key)\n    return {"renewed": int(key.whole_vault.remove_slot',
        '    _settle(key)\n    return {"renewed": int(key.whole_vault.remove_slot',
        (_STATES,),
    ),
    Rule(
        "a PIN is tried without a touch",
        _LOCKS,
        "    yield ACCESS\n    key.vault.unlock_pin",
        "    key.vault.unlock_pin",
        (_STATES,),
    ),
    Rule(
        "a passphrase is tried without a touch",
        _LOCKS,
        "    yield ACCESS\n    key.whole_vault.unlock_derived",
        "    key.whole_vault.unlock_derived",
        (_STATES,),
    ),
    Rule(
        "a key no longer locks itself, without a touch",
        _LOCKS,
        "    yield ACCESS\n    key.whole_vault.set_locking",
        "    key.whole_vault.set_locking",
        (_STATES,),
    ),
    Rule(
        "a sample is typed without a touch",
        _TYPING,
        '    yield CHANGE\n    settings = TypingSettings(request.text("mode"), request.number("pace"), table',
        '    settings = TypingSettings(request.text("mode"), request.number("pace"), table',
        (_STATES,),
    ),
    Rule(
        "a key with accounts comes up in its test face",
        _FIRMWARE + "board_test/face.py",
        "if not is_new():",
        "if False:",
        ("tests/setup/test_board.py::test_a_note_brings_no_key_with_accounts_there",),
    ),
    Rule(
        "a board under test types without a press",
        _FIRMWARE + "board_test/commands.py",
        "    board.waits = board.platform.ticks()",
        "    board.typist.type(board.platform.ticks())",
        ("tests/setup/test_board.py::test_it_types_after_a_press_and_only_once",),
    ),
    Rule(
        "how it types is set without a touch",
        _TYPING,
        'if not key.grants.changes or request.text("mode")',
        'if request.text("mode")',
        (
            _STATES,
            _OWN,
        ),
    ),
    Rule(
        "a wipe needs no touch",
        _COMMANDS + "device.py",
        "    yield EVERYTHING\n    key.grants.end()\n",
        "    key.grants.end()\n",
        (_STATES,),
    ),
    Rule(
        "an update needs no touch",
        _COMMANDS + "firmware.py",
        "    yield EVERYTHING\n    request.key",
        "    request.key",
        (
            _STATES,
            "tests/install/test_update.py",
        ),
    ),
    Rule(
        "a clone leaves a key that lets nothing out",
        _CLONING,
        "    if not vault.locks.export_allowed:\n",
        "    if False:\n",
        ("tests/clone",),
    ),
    Rule(
        "a key pair that was given up sends",
        _CLONING,
        "        if clone is not request.key.grants.clone:\n",
        "        if False:\n",
        (
            "tests/clone",
            _SESSIONS,
        ),
        "A second request ends the first, and so does whatever ends a grant: none is waiting then.",
    ),
    Rule(
        "accounts are received without number",
        _CLONING,
        "    if accounts.wants_touch(request.key, account):\n        yield CHANGE\n",
        "    if False:\n        yield CHANGE\n",
        (
            "tests/clone",
            _DENIAL,
        ),
    ),
    Rule(
        "a vault that lets nothing out exports",
        _FIRMWARE + "vault/vault.py",
        "        if not self.keeper.locks.export_allowed:\n",
        "        if False:\n",
        (
            "tests/vault/test_vault.py",
            "tests/setup",
        ),
    ),
    # An account's end
    Rule(
        "an end outlives a clock that was set back",
        _FIRMWARE + "ends.py",
        " or self._setbacks != self._vault.setbacks",
        "",
        (_LENT, "tests/lending/test_decade.py"),
    ),
    Rule(
        "a clock is set back without a note of it",
        _SETTING,
        "        key.whole_vault.note_setback()\n",
        "        pass\n",
        (_LENT, "tests/lending/test_decade.py"),
    ),
    Rule(
        "an end does not count the clock's possible error",
        _FIRMWARE + "ends.py",
        "return time, time + (timekeeper.reckoning.worst(time) + 999) // 1000",
        "return time, time",
        ("tests/lending/test_ends.py",),
    ),
    Rule(
        "a code lasts beyond the end",
        _FIRMWARE + "ends.py",
        "return 0 if self.why else self.left(timekeeper, now)",
        "return 0 if self.why else PERIOD_MOST",
        (_LENT + "::test_a_code_that_cannot_be_typed_in_time_is_not_typed",),
    ),
    Rule(
        "any passphrase renews an end",
        _COMMANDS + "lending.py",
        "if account.end and account.end[-MARK:] != mark:",
        "if False:",
        (_LENT + "::test_only_the_owner_renews_the_end_or_takes_it_away",),
    ),
    # Accounts that are lent by a file
    Rule(
        "a file opens again and again",
        _BORROWING,
        "if made <= newest:",
        "if False:",
        (_BY_FILE,),
    ),
    Rule(
        "an older file renews an end",
        _BORROWING,
        "max(used, cards.made_of(there) if there else 0)",
        "used",
        (_BY_FILE + "::test_a_newer_file_renews_the_end_and_an_older_one_does_not",),
    ),
    Rule(
        "what was removed comes back by its file",
        _FIRMWARE + "vault/vault.py",
        "        if keeper.pool.has(CARD):\n",
        "        if False:\n",
        (_BY_FILE + "::test_a_file_opens_once_even_after_its_account_is_removed",),
    ),
    Rule(
        "an account that flash has lost comes back by its file",
        _FIRMWARE + "vault/card.py",
        "identifier, made = vault.identifier(index), _LAST",
        "identifier, made = vault.identifier(index), 0",
        ("tests/lending/test_card_page.py",),
    ),
    Rule(
        "a cut uses up a file",
        _BORROWING,
        ".note(mark, used, account.identifier)",
        ".note(mark, made, account.identifier)",
        (_FILE_CUTS + "::test_a_file_is_accepted_or_opens_again",),
    ),
    Rule(
        "a card's page forgets when it is full",
        _FIRMWARE + "vault/card.py",
        "            if (at - self._entries) // _ENTRY_SIZE >= BORROWED:\n",
        "            if False:\n",
        (_BY_FILE + "::test_a_card_remembers_so_many_accounts_and_no_more",),
    ),
    Rule(
        "a new card forgets what is there",
        _FIRMWARE + "vault/card.py",
        "< 0:\n                self._page[at : at + _ENTRY_SIZE]",
        "< 9:\n                self._page[at : at + _ENTRY_SIZE]",
        (_BY_FILE + "::test_a_new_card_forgets_what_is_gone_and_keeps_what_is_there",),
    ),
    Rule(
        "a card's page stays under the older data key",
        _FIRMWARE + "vault/changes.py",
        "        if self._is_aged(CARD):\n",
        "        if False:\n",
        (_BY_FILE + "::test_a_new_data_key_leaves_card_and_memory",),
    ),
    Rule(
        "what is borrowed gets an end by a passphrase",
        _COMMANDS + "lending.py",
        "if len(key.vault.account(index).end) > STORED_END_SIZE:",
        "if False:",
        (_BY_FILE + "::test_what_is_borrowed_stays_borrowed",),
    ),
    Rule(
        "an account by counter is lent",
        _HANDOVER,
        "    if not request.key.whole_vault.shared(index).timed:\n",
        "    if not request.key.whole_vault.shared(index):\n",
        (_BY_FILE + "::test_what_an_owner_cannot_lend",),
    ),
    Rule(
        "an account is lent for ever",
        _HANDOVER,
        "    check_end(request, end)\n",
        "",
        (_BY_FILE + "::test_what_an_owner_cannot_lend",),
    ),
    Rule(
        "an account is lent without the gesture",
        _HANDOVER,
        '        raise Refusal(OUT_OF_RANGE, "end")\n    yield EVERYTHING\n',
        '        raise Refusal(OUT_OF_RANGE, "end")\n    if False:\n        yield EVERYTHING\n',
        (_BY_FILE + "::test_nothing_happens_without_the_gesture",),
    ),
    Rule(
        "a card is made without the gesture",
        _HANDOVER,
        "    yield ACCESS\n",
        "    if False:\n        yield ACCESS\n",
        (_BY_FILE + "::test_nothing_happens_without_the_gesture",),
    ),
    Rule(
        "a file is accepted without the gesture",
        _BORROWING,
        "    yield CHANGE\n",
        "    if False:\n        yield CHANGE\n",
        (_BY_FILE + "::test_nothing_happens_without_the_gesture",),
    ),
    Rule(
        "a file chooses what a press types",
        _BORROWING,
        "if not account.timed or account.recipe:",
        "if not account.timed:",
        (_BY_FILE + "::test_what_no_key_seals_is_refused",),
    ),
    Rule(
        "what a file brings is not checked",
        _BORROWING,
        "    foreign.check(account)\n",
        "",
        (_BY_FILE + "::test_what_no_key_seals_is_refused",),
    ),
    Rule(
        "who lends may be anything",
        _BORROWING,
        '    check_value(commands.lender, str(lender, "utf-8"))\n',
        "",
        (_BY_FILE + "::test_who_lends_is_a_name_and_a_secret_is_there",),
    ),
    Rule(
        "a file that comes too late is accepted",
        _BORROWING,
        "    if has_come(request, end):\n",
        "    if False:\n",
        (_BY_FILE + "::test_what_no_key_seals_is_refused",),
    ),
    Rule(
        "a code is counted after it is typed",
        _PRESSES,
        "            if counts and can:\n                self._vault.count(account)\n"
        "            # The counter was written to flash meanwhile.\n"
        "            typing = can and self._typist.type(self._ticks())\n",
        "            typing = can and self._typist.type(self._ticks())\n"
        "            while counts and typing and self._typist.busy:\n"
        "                self._typist.turn(self._ticks())\n"
        "            if counts and can:\n                self._vault.count(account)\n",
        (_LENT + "::test_a_plug_that_is_pulled_gives_no_code_that_was_not_counted",),
    ),
    Rule(
        "a program reads codes after the end",
        _ACCOUNTS,
        '    if over(key, account):\n        raise Refusal(END_REACHED, "account")\n',
        "",
        (_LENT + "::test_it_types_until_the_date_and_says_so_afterwards",),
    ),
    Rule(
        "a backup has accounts with an end",
        _BACKUP,
        "while index < len(key.vault) and key.vault.account(index).end:",
        "while False:",
        (_LENT + "::test_what_is_lent_leaves_the_key_in_no_backup_and_no_clone",),
    ),
    Rule(
        "a clone has accounts with an end",
        _CLONING,
        "    if vault.account(index).end:",
        "    if False:",
        (_LENT + "::test_what_is_lent_leaves_the_key_in_no_backup_and_no_clone",),
    ),
    # The clock
    Rule(
        "the clock may be moved by any",
        _SETTING,
        "    if abs(moved) <= (1000 * DRIFT_MOST if blank else expected):",
        "    if True:",
        (_CLOCKS, "tests/setup/test_commands.py"),
    ),
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
        "a new key's first time is not named",
        _SETTING,
        "        ledger.first = wanted\n",
        "        pass\n",
        (_CLOCKS,),
    ),
    Rule(
        "a program's time ends the naming of the first",
        _SETTING,
        "    if agreed:\n        ledger.first = 0\n",
        "    if agreed or ledger.approved:\n        ledger.first = 0\n",
        (_CLOCKS,),
    ),
    Rule(
        "drift is learnt without agreement", _SETTING, "if agreed and known and", "if known and", (_CLOCKS,)
    ),
    Rule(
        "what a program says of its time is believed",
        _SETTING,
        "        error = min(error, reckoning.worst(before) + abs(moved))\n",
        "        pass\n",
        (_CLOCKS,),
    ),
    Rule(
        "an unagreed time measures",
        _SETTING,
        "return error if abs(key.ledger.moved + moved) <= EXACT else max(error, EXACT + 1)",
        "return error",
        (
            "tests/attacks/test_clock.py",
            "tests/clock/test_trust.py",
        ),
    ),
    Rule(
        "measuring needs no touch",
        _CLOCK,
        'if request.number("measure") or clock_setting',
        "if clock_setting",
        (_CLOCKS,),
    ),
    Rule(
        "the floor does not rise where a fast clock is put right",
        _SETTING,
        "    elif before > key.vault.floor and moved < 0:\n",
        "    elif False:\n",
        (
            _CLOCKS,
            "tests/clock",
        ),
    ),
    Rule(
        "the floor does not rise with the clock",
        _SETTING,
        "    if wanted > key.vault.floor:\n        key.everyday.set_floor(wanted)\n",
        "",
        (
            _CLOCKS,
            "tests/clock",
        ),
    ),
    Rule(
        "a new vault has no floor",
        _FIRMWARE + "vault/vault.py",
        "            keeper.set_floor(keeper.reckoning.synced)\n",
        "",
        ("tests/clock/test_clock_chips.py",),
    ),
    Rule(
        "a clock far below its floor runs",
        _FIRMWARE + "clock/timekeeper.py",
        "        if time + added // 1000 < self.floor - DRIFT_MOST:\n",
        "        if False:\n",
        ("tests/clock",),
    ),
    Rule(
        "a time below its floor is trusted",
        _FIRMWARE + "clock/timekeeper.py",
        "not self.reckoning.synced or time < self.floor or",
        "not self.reckoning.synced or",
        (
            "tests/clock",
            _CLOCKS,
        ),
    ),
    Rule(
        "a time that this key did not set is trusted",
        _FIRMWARE + "clock/timekeeper.py",
        "if not self.reckoning.synced or time",
        "if time",
        ("tests/clock",),
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
    Rule(
        "the limit of the clock is set without a touch",
        _CLOCK,
        "    yield CHANGE\n    key.timekeeper.reckoning.limit",
        "    key.timekeeper.reckoning.limit",
        (_STATES,),
    ),
    Rule(
        "codes set the clock without a touch",
        _CLOCK,
        "    yield ACCESS\n    account =",
        "    account =",
        (_STATES,),
    ),
    Rule(
        "what was agreed to is not kept",
        _SETTING,
        "    if why:\n        ledger.note(",
        "    if False:\n        ledger.note(",
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
        "a try is not counted",
        _TRIES,
        "        self._set(self.wrong + 1)\n",
        "",
        ("tests/vault/test_locks.py",),
    ),
    Rule("a ninth try", _TRIES, " or not self.left:", ":", ("tests/vault/test_locks.py",)),
    Rule(
        "no delay after wrong PINs",
        _TRIES,
        "        if self.wait_ms(now):\n            raise Refusal(TOO_EARLY)\n",
        "",
        ("tests/vault/test_locks.py",),
    ),
    Rule(
        "tries are forgotten by a reset",
        _TRIES,
        "        self._notes.note_tries(self._notes.tries() + 1)\n",
        "",
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
    Rule(
        "a spent PIN is kept",
        _FIRMWARE + "vault/locks.py",
        "            self.destroy_spent_pin()\n            raise",
        "            raise",
        (
            "tests/vault/test_locks.py",
            "tests/locks",
        ),
    ),
    Rule(
        "a right PIN gives no try back",
        _FIRMWARE + "vault/locks.py",
        "        self._tries.clear()\n        self.know(PIN, secret)\n",
        "        self.know(PIN, secret)\n",
        ("tests/vault/test_locks.py",),
    ),
    Rule(
        "a PIN that costs any time is tried",
        _FIRMWARE + "vault/key_slots.py",
        "    return 0 < kind <= len(_KINDS) and cost <= _COST_MOST",
        "    return 0 < kind <= len(_KINDS)",
        ("tests/vault",),
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
        "a seal is not checked",
        _SIV,
        "    if not equal(tag, _s2v(key, associated, room)):",
        "    if False:",
        ("tests/vault/test_siv.py",),
    ),
    Rule(
        "a cipher keeps its key",
        _SIV,
        "        cipher.encrypt_into(data, data)\n        # Otherwise the key would stay in the cipher's memory after it is freed.\n        cipher.rekey(_NO_KEY)\n",
        "        cipher.encrypt_into(data, data)\n",
        ("tests/vault/test_siv.py",),
    ),
    Rule(
        "any data key that is handed over opens",
        _FIRMWARE + "vault/keeper.py",
        "if self.state != LOCKED or not self.locks.is_right(data_key):",
        "if self.state != LOCKED:",
        ("tests/vault/test_locks.py",),
    ),
    Rule(
        "a random number repeats where the chip's own do",
        _FIRMWARE + "crypto/kdf.py",
        "            self.reseed(os.urandom(_DIGEST))\n",
        "            self._stirred = os.urandom(_DIGEST)\n",
        ("tests/vault/test_kdf.py",),
    ),
    Rule(
        "a data key stays where it was handed over",
        _FIRMWARE + "restart_notes.py",
        "        alarm.sleep_memory[_KEY + at] = 0\n",
        "",
        ("tests/locks/test_opening.py",),
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
    # When it locks
    Rule(
        "a key left alone stays open",
        _LOOP,
        "if (idle or asleep) and",
        "if asleep and",
        (
            "tests/locks",
            _OWN,
        ),
    ),
    Rule(
        "a key stays open while the computer sleeps",
        _LOOP,
        "if (idle or asleep) and",
        "if idle and",
        ("tests/locks",),
    ),
    # What is typed
    Rule(
        "a code is typed twice",
        _PRESSES,
        "if lives and (double or self._typed.get(account) != step):",
        "if lives:",
        (
            "tests/typing",
            "tests/codes",
        ),
    ),
    Rule(
        "a code that is about to expire is typed",
        _PRESSES,
        "if lives and (double or",
        "if (double or",
        (
            "tests/typing",
            "tests/codes",
        ),
    ),
    Rule(
        "a second touch after a code types another",
        _PRESSES,
        "        if double and not self._held_back:\n",
        "        if False:\n",
        (
            "tests/typing",
            "tests/codes",
        ),
    ),
    Rule(
        "waiting cannot be ended",
        _PRESSES,
        "        if self.waiting and not double:\n",
        "        if False:\n",
        (
            "tests/typing",
            "tests/codes",
        ),
    ),
    Rule(
        "of accounts that were typed long ago nothing is forgotten",
        _PRESSES,
        "        if len(self._typed) >= _REMEMBERED:\n            self._typed = {}\n",
        "",
        ("tests/typing",),
    ),
    # A new data key with each lock
    Rule(
        "a lock leaves the data key",
        _LOCK_CHANGES,
        "if self._keys.two or not all(",
        "if True or not all(",
        (_RENEWAL,),
    ),
    Rule(
        "a slot is wrapped by what does not open it",
        _LOCK_CHANGES,
        "        except BadSeal:\n            return False\n",
        "        except BadSeal:\n            return True\n",
        (_RENEWAL,),
    ),
    Rule(
        "a third data key while two are in use",
        _LOCK_CHANGES,
        "if self._keys.two or not all(",
        "if not all(",
        (_RENEWAL,),
    ),
    Rule(
        "accounts stay sealed under the older data key",
        _FIRMWARE + "vault/changes.py",
        "if self._opens(number) and self._records.aged:",
        "if self._opens(number) and not self._records.aged:",
        (_RENEWAL,),
    ),
    Rule(
        "the older data key goes before everything is sealed anew",
        _FIRMWARE + "vault/keeper.py",
        "if changes.seal_again(number):",
        "if changes.seal_again(number) and False:",
        (_RENEWAL,),
    ),
    Rule(
        "pages are sealed anew in the midst of a batch",
        _FIRMWARE + "vault/keeper.py",
        "        if changes.gathering:\n            return\n",
        "        changes.settle()\n",
        (_RENEWAL,),
    ),
    Rule(
        "what was entered is known after locking",
        _FIRMWARE + "vault/locks.py",
        "        wipe(self._secrets)\n",
        "        pass\n",
        (_RENEWAL,),
    ),
    # The journal of codes
    Rule(
        "journal: a mark needs no proof",
        _JOURNAL,
        "return seal[0] if log.proof(mark, seal[0], at) == seal[1:-1] else UNKNOWN",
        "return seal[0]",
        (_OF_JOURNAL + "::test_a_mark_of_somebody_without_the_data_key_is_not_proved",),
    ),
    Rule(
        "journal: a proof is good in any place",
        _USAGE_LOG,
        "mark[: _MARK_SIZE - 1], how, at, 0)",
        "mark[: _MARK_SIZE - 1], how, 0, 0)",
        (_OF_JOURNAL + "::test_a_mark_of_somebody_without_the_data_key_is_not_proved",),
    ),
    Rule(
        "journal: a torn mark leaves no trace",
        _JOURNAL,
        "        elif not torn:\n            yield _NOTHING + bytes((TORN,))\n",
        "",
        (_OF_PAGES, _OF_JOURNAL + "::test_a_mark_that_was_taken_out_of_the_middle_leaves_a_hole"),
    ),
    Rule(
        "journal: each half of a torn mark counts",
        _JOURNAL,
        "elif not torn:",
        "else:",
        (_OF_PAGES, _OF_JOURNAL + "::test_a_mark_that_was_taken_out_of_the_middle_leaves_a_hole"),
    ),
    Rule(
        "journal: a first mark that was torn is erased",
        _USAGE_LOG,
        "if self.end <= _PAIR_SIZE and not",
        "if False and not",
        (_OF_PAGES + "::test_a_first_mark_that_is_torn_is_named",),
    ),
    Rule(
        "journal: marks that the page includes count again",
        _JOURNAL,
        "if log and ahead:",
        "if log:",
        (_OF_PAGES + "::test_marks_are_in_the_journal_once_whichever_page_was_written",),
    ),
    Rule(
        "journal: a mark is added beside some that the page includes",
        _USAGE_LOG,
        "if not self._ready or self.end + _PAIR_SIZE > self._room:",
        "if self.end + _PAIR_SIZE > self._room:",
        (_OF_PAGES + "::test_marks_are_in_the_journal_once_whichever_page_was_written",),
    ),
    Rule(
        "journal: marks that older firmware counted are not missed",
        _JOURNAL,
        "if lost or ahead > 1:",
        "if lost:",
        (_OF_JOURNAL + "::test_marks_that_older_firmware_counted_are_named_as_lost",),
    ),
    Rule(
        "journal: a page that does not open is not missed",
        _JOURNAL,
        "if lost or ahead > 1:",
        "if ahead > 1:",
        (_OF_PAGES + "::test_an_older_page_does_not_open_in_a_newer_ones_place",),
    ),
    Rule(
        "journal: a page opens under zeros",
        _JOURNAL,
        "for key in (keys.present, keys.older) if keys.two else (keys.present,):",
        "for key in (keys.present, keys.older):",
        (_OF_PAGES + "::test_without_two_data_keys_a_page_sealed_under_zeros_is_a_strangers",),
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
        "journal: what it drops is not counted",
        _JOURNAL,
        'struct.unpack_from("<I", room, _DROPPED)[0] + 1)',
        'struct.unpack_from("<I", room, _DROPPED)[0])',
        (_OF_PAGES + "::test_two_thousand_uses",),
    ),
    Rule(
        "journal: marks are not counted before there is another data key",
        _LOCKS,
        "        log.count()\n",
        "        pass\n",
        (_OF_JOURNAL + "::test_it_goes_on_under_a_new_data_key",),
    ),
    Rule(
        "journal: its page stays sealed under the older data key",
        _FIRMWARE + "vault/changes.py",
        "            pool.write(JOURNAL, load(_JOURNAL).Journal(pool, keys))\n",
        "",
        (_OF_JOURNAL + "::test_it_goes_on_under_a_new_data_key",),
    ),
    Rule(
        "journal: the key of a data key that is gone proves marks",
        _SEALING,
        "        self._has_marks = False\n        self.two = True\n",
        "        self.two = True\n",
        (_OF_JOURNAL + "::test_it_goes_on_under_a_new_data_key",),
    ),
    Rule(
        "journal: a locked key tells it",
        "totpkey_protocol/commands.py",
        'Command("journal", takes=(_start,), states=(OPEN,)),',
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
    Rule(
        "journal: every time is trusted",
        _FIRMWARE + "key.py",
        "            if self.timekeeper.state == TRUSTED:\n                how |= TRUSTED_TIME\n",
        "            how |= TRUSTED_TIME\n            if self.timekeeper.state == TRUSTED:\n",
        (_OF_JOURNAL + "::test_without_a_clock_there_is_no_time_and_no_trust",),
    ),
)
