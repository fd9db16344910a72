"""The project's tests that need no Linux, and those of commands, unchanged, on Windows."""

from __future__ import annotations

import re

import pytest

from other_systems import ROOT
from tests.backup import test_backup, test_drill
from tests.clone import test_commands as test_clone
from tests.commands import test_commands
from tests.doctor import test_doctor
from tests.importers import test_commands as test_import
from tests.locks import test_lock_commands
from tests.support.terminal import CommandDesk
from tests.windows import wine

pytestmark = pytest.mark.needs("windows")

#: Those that run the command by their desk alone, at least one for each command.
_AS_THEY_ARE = (
    test_commands.test_info_describes_a_blank_key,
    test_commands.test_an_account_from_a_uri,
    test_commands.test_an_account_from_a_secret_as_amazon_shows_it,
    test_commands.test_input_that_is_no_secret_is_a_usage_error,
    test_commands.test_rename,
    test_commands.test_remove_asks_and_wants_a_press,
    test_commands.test_code_prints_the_code_and_nothing_else,
    test_commands.test_a_name_that_fits_none_or_several,
    test_commands.test_done_leaves_setup,
    test_import.test_an_export_comes_in_by_one_press,
    test_import.test_an_encrypted_export,
    test_import.test_pictures_of_google_authenticator_s_batches,
    test_import.test_a_qr_code_in_a_picture,
    test_backup.test_a_backup_of_one_key_gives_the_same_codes_on_another,
    test_backup.test_a_file_that_is_there_is_not_written_over,
    test_drill.test_an_account_that_came_after_the_backup_is_named,
    test_clone.test_a_clone_types_the_same_codes,
    test_clone.test_compare_shows_what_each_key_lacks,
    test_clone.test_an_account_for_two_keys_at_once,
    test_lock_commands.test_init_without_a_lock,
    test_lock_commands.test_init_with_a_pin,
    test_lock_commands.test_a_key_with_a_pin_starts_locked,
    test_lock_commands.test_a_wrong_passphrase,
    test_lock_commands.test_a_passphrase_opens_however_its_accents_are_typed,
    test_lock_commands.test_when_the_key_locks_itself_is_set_piece_by_piece,
    test_lock_commands.test_accounts_are_put_in_another_order,
    test_lock_commands.test_wipe_wants_a_word_and_a_gesture,
    test_doctor.test_a_key_that_is_well,
)
globals().update({test.__name__: test for test in _AS_THEY_ARE})
# They themselves are not collected here as what they are in their own folder.
del test_backup, test_clone, test_commands, test_doctor, test_drill, test_import, test_lock_commands


def test_how_a_code_is_typed(desk: CommandDesk) -> None:
    account = desk.add("Shop:店")
    assert desk.run("typing", "set", "--layout", "fr", when_asked=desk.agree).code == 0
    assert desk.told("typing")["layout"] == "fr"
    assert desk.run("recipe", account, "{code}{ENTER}", when_asked=desk.agree).code == 0
    (listed,) = desk.told("list")
    assert listed["recipe"] == "{code}{ENTER}"


def test_the_clock_is_set(desk: CommandDesk) -> None:
    assert desk.run("time", "sync").code == 0
    assert abs(desk.told("time")["offset"]) < 1


_SUITES = (
    "readers/tests",
    "tests/boards/test_board_pins.py",
    "tests/clock/test_reckoning.py::test_dates_agree_with_datetime",
    "tests/clock/test_reckoning.py::test_ticks_wrap",
    "tests/clone/test_clone.py::test_rfc_7748_a_thousand_times",
    "tests/clone/test_clone.py::test_agrees_with_an_independent_implementation",
    "tests/codes/test_otp.py",
    "tests/importers",
    "tests/protocol",
    "tests/typing/test_gestures.py",
)
#: They open ports.
_LEFT_OUT = ("tests/importers/test_commands.py",)


def test_the_parts_without_a_port(windows: None) -> None:
    left_out = [f"--ignore={folder}" for folder in _LEFT_OUT]
    ended = wine.run("-m", "pytest", "-q", "--color=no", *_SUITES, *left_out, cwd=ROOT)
    told = ended.out.decode(errors="replace")
    assert ended.code == 0, told[-4000:]
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) > 250
