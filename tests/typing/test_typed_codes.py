"""Which codes a press types, of which account, and what the light says of it.

Each code is typed only once and only while it is valid; a recipe types text with it. No program can make the
key type text of its choice: text beside codes needs a press.
An account is chosen by a hold, shown by colour and flashes; on a board with keys each account has one.
The light's messages are visible, however long the flash or a PIN takes before them. A sector of the flash may
take 400 ms to erase (W25Q16JV data sheet, section 9.6). The tests watch the light, and not the call that
should show something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.clone.other_key import Other, record
from tests.support.desk import AMAZON, GITHUB, Desk, refused
from tests.support.keys import MakeKey, simulated
from tests.support.led import lasting as lasting_flashes
from tests.support.led import of_colour, watch
from tests.typing.bench import LETTERS, US_TABLE, ready, sit_down, touch
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.cli.commands.simulation import lasting
from totpkey.install.drive import drive_folder
from totpkey.keyboard.layouts import layouts
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch
from totpkey.link.replies import Typing
from totpkey_protocol import errors
from totpkey_protocol.words import CHANGE, KEYPAD
from totpkey_virtual.flash import SLOWEST
from totpkey_virtual.simulator import SimulatedKey

STEAM = Account("Steam", "me", b"a Steam secret of 20", digits=5, type="steam")
COUNTED = Account("Bank", "me", b"12345678901234567890", type="hotp", counter=7)


@pytest.mark.usefixtures("usual_flash")
def test_the_next_code_is_typed_when_it_begins(desk: Desk) -> None:
    ready(desk)
    first = desk.press()
    assert desk.press() == ""
    assert desk.blinks(3) >= 5
    before = len(desk.computer.text)
    desk.key.run(30)
    assert desk.computer.text[before:] == desk.code(AMAZON) != first


def test_the_demo_presses_while_a_code_lasts_even_if_the_key_takes_a_press_late(desk: Desk) -> None:
    ready(desk)
    # To the last moment at which the demo presses.
    desk.key.run(30 - desk.key.true_time % 30 + 10)
    while lasting(desk.key.true_time + 0.1, 30):
        desk.key.run(0.1)
    desk.key.run(2.5)
    assert desk.press() == desk.code(AMAZON)


@pytest.mark.usefixtures("usual_flash")
def test_codes_by_counter_come_once_each_and_survive_a_replug(desk: Desk) -> None:
    ready(desk, COUNTED)
    typed = [desk.press()]
    desk.key.run(1)
    desk.replug()
    typed += [desk.press()]
    assert typed == [codes.hotp(COUNTED.secret, counter) for counter in (7, 8)]
    with desk.setup_client() as client:
        (stored,) = client.list()
    assert (stored.type, stored.counter) == ("hotp", 9)


def test_a_clock_that_somebody_turned_back_behind_the_last_day_of_use_gives_no_code(desk: Desk) -> None:
    ready(desk)
    desk.unplug()
    desk.key.wait_unplugged(3 * 86400)
    desk.plug_in()
    desk.expect_code(AMAZON)
    desk.unplug()
    desk.key.clock.set_unix(desk.key.true_time - 2 * 86400)
    desk.plug_in()
    assert desk.press(2) == ""


def test_steam_guard(desk: Desk) -> None:
    with desk.until_done(desk.first_set_up()) as client:
        with refused(errors.CANNOT_TYPE, "type"):
            client.add(STEAM)
        client.init()
        client.set_typing(LETTERS, US_TABLE)
        assert client.typing() == LETTERS
        client.add(STEAM)
    desk.away_from_the_boundary(STEAM)
    assert desk.press().upper() == codes.steam(STEAM.secret, int(desk.key.true_time))


def test_a_recipe(desk: Desk) -> None:
    account = Account("Amazon", "shop@example.com", AMAZON.secret)
    with desk.until_done(desk.first_set_up()) as client:
        added = client.add(account)
        for recipe, code in (
            ("{user}{code}", errors.CANNOT_TYPE),
            ("{code}{code}", errors.BAD_VALUE),
            ("{TAB}", errors.BAD_VALUE),
            ("x{code}", errors.BAD_VALUE),
        ):
            with refused(code, "recipe"):
                client.recipe(added.account, recipe)
        client.set_typing(LETTERS, US_TABLE)
        client.recipe(added.account, "{user}{TAB}{code}{ENTER}")
        assert client.list()[0].recipe == "{user}{TAB}{code}{ENTER}"
    desk.away_from_the_boundary(account)
    assert desk.press() == f"shop@example.com\t{desk.code(account)}\n"


def test_an_account_for_a_remote_desktop_is_typed_slowly_and_no_other(desk: Desk) -> None:
    with desk.until_done(desk.first_set_up()) as client:
        slow = client.add(AMAZON)
        client.add(GITHUB)
        client.recipe(slow.account, "{SLOW}{code}{ENTER}")
    for account, pace, end in ((AMAZON, 80, "\n"), (GITHUB, 8, "")):
        desk.away_from_the_boundary(AMAZON, 8)
        before = len(desk.key.usb.reports)
        assert desk.press(1.5) == desk.code(account) + end
        times = [report.ms for report in desk.reports_since(before)]
        assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx(
            [pace] * (len(times) - 1), abs=1
        )
        desk.key.press(0.8)
        desk.key.run(1)


def test_five_digits_are_for_steam_alone(desk: Desk) -> None:
    with desk.client() as client, refused(errors.OUT_OF_RANGE, "digits"):
        client.add(Account("", "short", AMAZON.secret, digits=5))


def test_a_sample_wants_a_press_and_types_digits_or_the_whole_table(desk: Desk) -> None:
    ready(desk, AMAZON, GITHUB)
    with desk.setup_client() as client:
        client.sample("digits", "keypad")
        desk.key.run(0.5)
        client.sample("letters", "top-row", 16, US_TABLE)
        desk.key.run(4)
    assert desk.computer.text == "01234567899876543210" + "".join(map(chr, range(0x20, 0x7F)))


def test_a_sample_of_no_table_is_refused(desk: Desk) -> None:
    ready(desk, AMAZON)
    with desk.setup_client() as client, refused(errors.CANNOT_TYPE, "table"):
        client.sample("letters", "top-row")


def with_a_long_recipe(desk: Desk) -> Account:
    """34 characters and a repeat, TAB, six digits, Enter: some 17 s at 400 ms, more than half a period."""
    slow = Account(
        "x", "someone.with.long.name@example.org", AMAZON.secret, recipe="{user}{TAB}{code}{ENTER}"
    )
    with desk.until_done(desk.first_set_up()) as client:
        client.init()
        client.set_typing(replace(LETTERS, pace=400), US_TABLE)
        client.add(slow)
    return slow


def test_a_code_lives_until_it_is_typed_with_the_lock_keys_that_are_switched_for_it(desk: Desk) -> None:
    sit_down(desk, num_lock=False)
    slow = with_a_long_recipe(desk)
    while not 17.95 < 30 - desk.key.true_time % 30 < 18.15:
        desk.key.run(0.1)
    desk.key.press()
    desk.key.run(5)
    assert desk.computer.text == "", "the next code is waited for"
    assert desk.key.run_until(lambda: desk.computer.text.endswith("\n"), 40)
    assert desk.computer.text == f"{slow.label}\t{desk.code(slow)}\n"


def test_a_hold_that_ends_while_a_code_is_typed_counts_and_so_does_what_follows_it(desk: Desk) -> None:
    sit_down(desk, num_lock=False, answers=False)
    ready(desk)
    # The code that begins within the hold takes 1.5 s, since the computer does not answer NumLock.
    while not 2.0 < 30 - desk.key.true_time % 30 < 2.2:
        desk.key.run(0.1)
    desk.key.press(3.3)
    desk.key.run(0.1)
    desk.key.press()
    desk.await_face(serial=True)


FORM = "{user}{TAB}{code}{ENTER}"
NAMED = Account("Amazon", "shop@example.com", AMAZON.secret, recipe=FORM)


class _Asked(Exception):
    """The key asked for a press."""


def never(touch: Touch) -> None:
    assert touch.consent == CHANGE
    raise _Asked


def ready_to_type(desk: Desk) -> str:
    """A key that can type letters, with one account that types its code alone."""
    with desk.first_set_up() as client:
        account = client.add(AMAZON).account
        client.set_typing(LETTERS, US_TABLE)
    desk.key.run(0.05)
    return account


def test_what_would_type_a_label_wants_a_press_and_the_rest_does_not(desk: Desk) -> None:
    account = ready_to_type(desk)
    with desk.client(on_touch=never) as client:
        client.recipe(account, "{SLOW}{code}")
        client.add(GITHUB)
    with desk.client() as client:
        client.rename(account, "Amazon", "rm -rf ~ #")
        client.rename(account, "Amazon", "shop")
        client.set_typing(Typing(KEYPAD, 16, 0, 3, "us"), b"")
        client.set_typing(LETTERS, US_TABLE)
        client.remove(client.list()[1].account)
    desk.key.run(0.05)
    forbidden: tuple[Callable[[KeyClient], object], ...] = (
        lambda client: client.recipe(account, "{user}{ENTER}{code}"),
        lambda client: client.add(NAMED),
        lambda client: client.set_typing(LETTERS, layouts()["fr"].table),
    )
    for ask in forbidden:
        with desk.client(on_touch=never) as client, pytest.raises(_Asked):
            ask(client)
        desk.key.run(0.05)
    with desk.client() as client:
        assert [each.recipe for each in client.list()] == ["{SLOW}{code}"]
        client.set_typing(LETTERS, US_TABLE)
        client.recipe(account, FORM)
    # Gestures that nobody made are not given again for two minutes.
    desk.key.run(121)
    with desk.client(on_touch=never) as client, pytest.raises(_Asked):
        client.rename(account, "Amazon", "rm -rf ~ #")
    desk.key.run(0.05)
    with desk.until_done(desk.client()) as client:
        with refused(errors.CANNOT_TYPE, "recipe"):
            client.rename(account, "Amazon", "商店")
        client.rename(account, "Amazon", "shop@example.com")
    desk.away_from_the_boundary(AMAZON)
    assert desk.press() == f"shop@example.com\t{desk.code(AMAZON)}\n"


def test_each_label_that_is_typed_wants_a_press_in_a_batch_too(desk: Desk) -> None:
    ready_to_type(desk)
    with desk.noting() as (client, asked):
        client.batch(3)
        client.add(NAMED)
        client.add(GITHUB)
        client.add(NAMED)
        assert [each.recipe for each in client.list()] == ["", FORM, "", FORM]
        assert asked == [CHANGE] * 3


@pytest.mark.parametrize(
    "stroke",
    [b"\x15\x08", b"\x06\x01", b"\x4c\x04", b"\x28\x00", b"\x3b\x00", b"\x59\x00", b"\xe3\x00"],
    ids=["GUI+R", "Ctrl+C", "Alt+Delete", "Enter", "F2", "keypad", "a modifier"],
)
def test_a_layout_has_keys_of_characters_alone(desk: Desk, stroke: bytes) -> None:
    ready_to_type(desk)
    table = US_TABLE[:-2] + stroke
    with desk.client(on_touch=never) as client, refused(errors.BAD_VALUE, "table"):
        client.set_typing(LETTERS, table)
    desk.key.run(0.05)
    with desk.client() as client, refused(errors.BAD_VALUE, "table"):
        client.sample("digits", KEYPAD, table=table)


def test_an_account_from_another_key_that_types_its_label_wants_a_press(make_key: MakeKey) -> None:
    desk = Desk(make_key(drive_folder()))
    ready_to_type(desk)
    other = Other()
    with desk.noting() as (client, asked):
        peer = client.clone_key(other.public)
        client.clone_receive(other.send(peer, record(GITHUB)))
        assert asked == []
        for _ in range(2):
            client.clone_receive(other.send(peer, record(NAMED)))
        assert asked == [CHANGE] * 2
        assert [each.recipe for each in client.list()] == ["", "", FORM, FORM]


THIRD = Account("Third", "me", b"the third secret of some", digits=7)


def desk_with(board: str) -> Desk:
    desk = simulated(board)
    desk.provision(AMAZON, GITHUB, THIRD)
    desk.away_from_the_boundary(AMAZON, 12)
    return desk


@pytest.mark.usefixtures("usual_flash")
def test_each_key_of_a_macropad_types_its_account() -> None:
    desk = desk_with("adafruit_macropad_rp2040")
    for pin, account in (("KEY3", THIRD), ("KEY1", AMAZON), ("KEY2", GITHUB)):
        assert touch(desk, pin) == desk.code(account)
    assert touch(desk, "KEY4") == "", "there is no fourth account"
    assert touch(desk, "KEY1") == "", "no code twice"


@pytest.mark.parametrize(
    ("board", "colours"),
    [
        ("adafruit_qt2040_trinkey", [(40, 0, 40), (0, 40, 30), (60, 25, 0)]),
        ("raspberry_pi_pico", [(255, 255, 255)] * 3),
    ],
)
def test_the_chosen_account_shows(board: str, colours: list[tuple[int, int, int]]) -> None:
    desk = desk_with(board)
    for blinks, colour in zip((2, 3, 1), colours, strict=True):
        desk.key.press(0.8)
        assert desk.key.run_until(lambda: any(desk.key.light), 0.5)
        assert desk.key.light == colour
        assert 1 + desk.blinks(2) == blinks
        desk.key.run(1)


def test_of_keys_that_are_pressed_at_once_the_first_types_and_never_a_mixture() -> None:
    desk = desk_with("adafruit_macropad_rp2040")
    assert touch(desk, "KEY1", "KEY2", seconds=1) == desk.code(AMAZON)
    desk.key.run(31)
    desk.away_from_the_boundary(AMAZON, 12)
    assert touch(desk, "KEY2", "KEY3", seconds=1) == desk.code(GITHUB)
    assert touch(desk, "KEY3") == desk.code(THIRD)


def test_a_key_that_is_touched_while_another_types_neither_types_nor_is_chosen() -> None:
    desk = desk_with("adafruit_macropad_rp2040")
    assert isinstance(desk.key, SimulatedKey)
    desk.key.wiring.touch("KEY1", True)
    assert desk.key.run_until(lambda: len(desk.computer.text) == 2, 1)
    assert touch(desk, "KEY2", seconds=1) == desk.code(AMAZON)[2:]
    assert desk.press() == "", "it is the first still, and waits for its next code"


# A touch is known after 16 to 20 ms.
@pytest.mark.parametrize("ms", [5, 17, 19])
def test_a_key_that_is_touched_as_another_computer_comes_is_told_in_red(ms: int) -> None:
    desk = desk_with("adafruit_macropad_rp2040")
    assert isinstance(desk.key, SimulatedKey)
    before = desk.computer.text
    desk.key.wiring.touch("KEY1", True)
    desk.key.run(ms / 1000)
    desk.key.reset_port()
    assert lasting_flashes(of_colour(desk.key, watch(desk.key, 3), RED), 60) >= 5
    assert desk.computer.text == before


GREEN, RED, VIOLET, AMBER = (0, 60, 0), (60, 0, 0), (40, 0, 40), (60, 25, 0)
PIN = "1211"
#: Erase and program in seconds: as usual, and in the data sheet's upper range.
SPEEDS = {"typical": (0.045, 0.0004), "slow": (0.3, 0.003), "slowest": SLOWEST}


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_second_account_never_shows_the_first_one_s_count(desk: Desk, speed: str) -> None:
    desk.provision(AMAZON, GITHUB)
    desk.key.set_flash_times(*SPEEDS[speed])
    for colour, count in ((VIOLET, 2), (AMBER, 1), (VIOLET, 2)):
        desk.key.press(0.7)
        # The write, and then the number, before the light of a ready key says it again.
        assert desk.key.run_until(lambda: any(desk.key.light), 2.5)
        assert lasting_flashes(of_colour(desk.key, watch(desk.key, 2), colour), 150) == count


def enter(desk: Desk, pin: str, speed: str) -> None:
    """Enter a PIN on a locked key whose flash takes so long."""
    desk.provision(AMAZON, pin=PIN)
    desk.replug()
    desk.key.set_flash_times(*SPEEDS[speed])
    desk.enter(pin)


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_right_pin_is_answered_by_three_green_flashes(desk: Desk, speed: str) -> None:
    enter(desk, PIN, speed)
    assert lasting_flashes(of_colour(desk.key, watch(desk.key, 5), GREEN), 150) == 3


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_wrong_pin_is_answered_by_six_red_flashes(desk: Desk, speed: str) -> None:
    enter(desk, "1121", speed)
    seen = of_colour(desk.key, watch(desk.key, 5), RED)
    # On one plain LED a try that takes no time is as short; the answer comes 0.3 s after it.
    assert lasting_flashes([flash for flash in seen if flash.dark < 250], 60) == 6


@pytest.mark.slow
@pytest.mark.simulator_only(reason="it runs for minutes")
def test_a_choice_that_takes_a_second_to_store_does_not_put_the_clock_wrong(desk: Desk) -> None:
    """Once a minute the key waits for its chip's next second, and somebody may be choosing meanwhile."""
    desk.provision(AMAZON, GITHUB)
    desk.hold_for_setup()
    for phase in range(12):
        with desk.client() as client:
            off = client.time().seconds - desk.key.true_time
        desk.key.set_flash_times(*SLOWEST)
        desk.key.run(50 + phase * 0.0137)
        for _ in range(9):
            desk.key.press(0.7)
            desk.key.run(0.6)
        with desk.client() as client:
            assert abs(client.time().seconds - desk.key.true_time - off) < 0.05
