"""A key that is lent: what it types and gives out before its account's end, and after it.

A borrower may hand back a key that only looks like it, and relays what its owner sends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.clock.bench import DAY
from tests.lending.conftest import FIVE, SIX, Keys, on_simulator, refusal
from tests.support.desk import AMAZON, COUNTED, DERIVED, GITHUB, Desk, phrase
from tests.support.led import lasting, of_colour, watch
from totpkey.accounts import codes
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End, unpack
from totpkey.errors import KeyRefused
from totpkey.link.client import KeyClient
from totpkey.link.conversation import Touch, nobody_told
from totpkey.locks.passphrase import proof_of
from totpkey_firmware.panel.light import REFUSED
from totpkey_protocol import errors, limits
from totpkey_protocol.words import ACCESS, CHANGE, CLOCK, CODES, DATE, EVERYTHING, HOURS, USE

#: The light's rhythm for an end: a flicker of four, then four flashes; and how long it takes, in s.
FLASHES, PATTERN = 8, 3.7


def stranger(salt: bytes) -> bytes:
    return b"another passphrase"


def lend(desk: Desk, end: End, *accounts: Account) -> None:
    """Set up a new key, and give its first account an end."""
    with desk.until_done(desk.first_set_up()) as client:
        for account in accounts or (AMAZON,):
            client.add(account)
        client.set_end(client.list()[0].account, end.pack(), phrase)


def in_seconds(desk: Desk, seconds: int) -> int:
    return round(desk.key.true_time) + seconds


def test_it_types_until_the_date_and_says_so_afterwards(desk: Desk) -> None:
    lend(desk, End(until=in_seconds(desk, 100)))
    desk.expect_code(AMAZON)
    desk.key.run(110)
    assert desk.press(2) == ""
    desk.key.run(2)
    assert [desk.blinks(PATTERN) for _ in range(3)] == [FLASHES] * 3
    desk.replug()
    assert desk.press(2) == ""
    with desk.setup_client() as client:
        (listed,) = client.list()
        assert listed.over == DATE
        assert refusal(client.code, listed.account)[0] == errors.END_REACHED


@on_simulator
def test_a_code_that_cannot_be_typed_in_time_is_not_typed(desk: Desk) -> None:
    lend(desk, End(until=(until := in_seconds(desk, 400) // 30 * 30 + 15)))
    desk.key.run(until - desk.key.true_time - 0.9)
    assert desk.press(3) == ""


@on_simulator
def test_hours_of_the_day_at_an_offset(desk: Desk) -> None:
    # It is 09:00:07 UTC, and 17:00 at UTC+8.
    lend(desk, End(begins=9 * 60, ends=18 * 60, zone=480))
    desk.expect_code(AMAZON)
    desk.unplug()
    desk.key.wait_unplugged(3600)
    desk.plug_in()
    assert desk.press(2) == ""
    with desk.setup_client() as client:
        assert client.list()[0].over == HOURS
    desk.unplug()
    desk.key.wait_unplugged(16 * 3600)
    desk.plug_in()
    desk.expect_code(AMAZON)


@pytest.mark.parametrize("account", [AMAZON, COUNTED], ids=["by time", "by counter"])
def test_so_many_codes_and_no_more(desk: Desk, account: Account) -> None:
    lend(desk, End(codes=2), account)
    typed = []
    for _ in range(4):
        desk.away_from_the_boundary(account)
        typed.append(desk.press(4))
        # No code by time is typed twice.
        desk.key.run(1 if account is COUNTED else 31)
    assert [bool(text) for text in typed] == [True, True, False, False]
    with desk.setup_client() as client:
        (listed,) = client.list()
        assert (unpack(listed.end), listed.over) == (End(codes=0), CODES)
        assert listed.counter == (9 if account is COUNTED else 0)
        assert refusal(client.code, listed.account)[0] == errors.END_REACHED


def test_an_end_that_comes_while_a_touch_is_waited_for_gives_no_code(desk: Desk) -> None:
    lend(desk, End(until=(until := in_seconds(desk, 60))))

    def late(touch: Touch) -> None:
        if touch.begins:
            desk.key.run(until - desk.key.true_time)
        desk.obey(touch)

    desk.key.run(until - desk.key.true_time - 20)
    with desk.setup_client(late) as client:
        (listed,) = client.list()
        assert refusal(client.code, listed.account)[0] == errors.END_REACHED


def test_when_all_codes_are_given_nobody_waits_for_another_nor_makes_a_gesture_for_it(desk: Desk) -> None:
    lend(desk, End(codes=1))
    desk.expect_code(AMAZON)
    desk.key.run(1)
    # It is still the step of the code that was typed, so the light would wait for the next one.
    desk.key.press()
    assert lasting(of_colour(desk.key, watch(desk.key, 1), REFUSED.colour), 60) >= 5
    desk.key.run(40)
    with desk.setup_client(on_touch=nobody_told) as client:
        (listed,) = client.list()
        assert refusal(client.code, listed.account)[0] == errors.END_REACHED


def test_a_plug_that_is_pulled_gives_no_code_that_was_not_counted(desk: Desk) -> None:
    lend(desk, End(codes=3))
    for _ in range(3):
        desk.away_from_the_boundary(AMAZON)
        before = len(desk.key.usb.reports)
        desk.key.press()
        assert desk.key.run_until(lambda: len(desk.key.usb.reports) > before, 2)  # noqa: B023
        desk.replug()
    desk.away_from_the_boundary(AMAZON)
    assert desk.press(2) == ""


@on_simulator
def test_the_same_code_again_is_not_counted_again(desk: Desk) -> None:
    lend(desk, End(codes=2))
    desk.away_from_the_boundary(AMAZON, 12)
    assert desk.press(1) == desk.code(AMAZON)
    # The second press waits, and with the third it is a double press.
    desk.key.press(0.06)
    desk.key.run(0.1)
    assert desk.press(1) == desk.code(AMAZON)
    with desk.setup_client() as client:
        assert unpack(client.list()[0].end) == End(codes=1)


@on_simulator
def test_holding_for_setup_uses_no_code(desk: Desk) -> None:
    lend(desk, End(codes=5))
    typed = desk.computer.text
    with desk.setup_client() as client:
        assert unpack(client.list()[0].end) == End(codes=5)
    assert desk.computer.text == typed


@on_simulator
def test_only_the_owner_renews_the_end_or_takes_it_away(desk: Desk) -> None:
    lend(desk, End(codes=1))
    desk.away_from_the_boundary(AMAZON)
    assert desk.press(2)
    desk.hold_for_setup()
    with desk.noting() as (client, asked):
        account = client.list()[0].account
        for end in (End(codes=9).pack(), b""):
            assert refusal(client.set_end, account, end, stranger)[0] == errors.WRONG_PASSPHRASE
        assert asked == [ACCESS] * 2, "each guess needs a touch"
        assert client.list()[0].over == CODES
        client.set_end(account, End(codes=1).pack(), phrase)
        assert refusal(client.set_end, account, b"", stranger)[0] == errors.WRONG_PASSPHRASE
        assert client.code(account).code == desk.code(AMAZON)
        assert refusal(client.code, account)[0] == errors.END_REACHED
        client.set_end(account, b"", phrase)
        assert (client.list()[0].end, client.list()[0].over) == ("", "")
        # Without an end it is like any other, and whoever lends it now is its owner.
        client.set_end(account, End(codes=1).pack(), stranger)
        assert asked.count(USE) == 1, "none for a code that its end does not allow"


@on_simulator
def test_neither_name_nor_recipe_nor_place_changes_the_end(desk: Desk) -> None:
    lend(desk, end := End(codes=5), AMAZON, GITHUB)
    with desk.setup_client() as client:
        account = client.list()[0].account
        client.rename(account, "Other", "name")
        client.recipe(account, "{code}{ENTER}")
        client.move(account, 1)
        assert [unpack(entry.end) for entry in client.list()] == [None, end]


@on_simulator
@pytest.mark.parametrize(
    "end",
    [
        End(),
        End(until=limits.TIME_LEAST),
        End(until=limits.TIME_MOST + 1),
        End(codes=0),
        End(codes=limits.CODES_MOST + 1),
        End(codes=1, begins=1440),
        End(codes=1, begins=60, ends=1440),
        End(codes=1, zone=limits.ZONE_MOST + 1),
    ],
    ids=repr,
)
def test_an_end_that_is_none_is_refused_and_nobody_asked(desk: Desk, end: End) -> None:
    with desk.noting() as (client, asked):
        client.set_time(round(desk.key.true_time))
        account = client.add(AMAZON).account
        assert refusal(client.set_end, account, end.pack(), phrase)[0] in (
            errors.OUT_OF_RANGE,
            errors.BAD_VALUE,
        )
        assert refusal(client.set_end, account, b"\x01" * 5, phrase)[0] == errors.OUT_OF_RANGE
    assert asked == []


@on_simulator
def test_a_date_needs_the_clock_and_a_number_of_codes_does_not(desk: Desk) -> None:
    with desk.client() as client:
        account = client.add(COUNTED).account
        until = End(until=in_seconds(desk, DAY)).pack()
        assert refusal(client.set_end, account, until, phrase)[0] == errors.CLOCK_NOT_SET
        client.set_end(account, End(codes=1).pack(), phrase)
        assert client.code(account).code == codes.hotp(COUNTED.secret, 7)


@on_simulator
def test_a_clock_that_lost_its_time_gives_nothing_after_it_was_set_again(desk: Desk) -> None:
    lend(desk, End(until=in_seconds(desk, DAY)), COUNTED)
    assert desk.press(2) == codes.hotp(COUNTED.secret, 7)
    desk.lose_the_time()
    assert desk.press(2) == "", "without the time"
    with desk.setup_client() as client:
        client.set_time(round(desk.key.true_time))
        account = client.list()[0]
        assert account.over == CLOCK
        assert refusal(client.code, account.account)[0] == errors.END_REACHED
        client.set_end(account.account, End(until=in_seconds(desk, DAY)).pack(), phrase)
        assert client.code(account.account).code == codes.hotp(COUNTED.secret, 8)


@on_simulator
def test_a_touch_that_sets_the_clock_back_ends_it(desk: Desk) -> None:
    lend(desk, End(until=in_seconds(desk, 3600)), COUNTED)
    desk.unplug()
    desk.key.wait_unplugged(2 * 3600)
    desk.plug_in()
    with desk.setup_client() as client:
        assert client.list()[0].over == DATE
        client.set_time(round(desk.key.true_time) - 2 * 3600)
        assert client.hello().clock == "trusted"
        assert client.list()[0].over == CLOCK
        client.done()
    desk.await_face(serial=False)
    assert desk.press(2) == ""


@on_simulator
def test_what_is_lent_leaves_the_key_in_no_backup_and_no_clone(desk: Desk) -> None:
    with desk.noting() as (client, asked):
        client.set_time(round(desk.key.true_time))
        stored = [client.add(replace(AMAZON, label=str(number))).account for number in range(4)]
        for number in (0, 1, 3):
            client.set_end(stored[number], End(codes=5).pack(), phrase)
        assert len(list(client.export(DERIVED))) == 1
        assert client.backup().time == 0, "a backup that nobody has read back yet"
        client.note_backup(DERIVED, len(stored))
        assert client.backup().time > 0
        asked.clear()
        client.clone_key()
        assert refusal(client.clone_send, bytes(31) + b"\x09", stored[0])[0] == errors.NOT_ALLOWED
        assert asked == []


def test_from_the_owner_to_the_staff(keys: Keys) -> None:
    owner, staff = keys(AMAZON), keys()
    assert refusal(staff.client.card) == (errors.NOT_FOUND, "card")
    card = staff.client.make_card("Anna")
    assert (staff.client.card(), staff.asked) == (card, [ACCESS])
    (mine,) = owner.client.list()
    sealed = owner.lend(card)
    assert (owner.client.list(), owner.asked) == ((mine,), [EVERYTHING])
    accepted = staff.client.accept(sealed)
    assert staff.asked == [ACCESS, CHANGE]
    (listed,) = staff.client.list()
    assert (accepted.account, accepted.added) == (listed.account, True)
    assert (listed.issuer, listed.label, listed.lender) == (mine.issuer, mine.label, "the shop")
    assert listed.end == FIVE.hex()
    staff.client.done()
    staff.desk.await_face(serial=False)
    staff.desk.expect_code(AMAZON)


ONE = End(codes=1).pack()
NONE = {"salt": "", "challenge": "00" * limits.CHALLENGE}


class Fooled(KeyClient):
    """The owner's command at the look-alike."""

    def __init__(self, told: dict[str, Any]) -> None:
        """`told`: what the look-alike answers to `owner`."""
        self._told = told
        self.sent: dict[str, Any] = {}

    def _ask(self, name: str, answer_wait: float = 0, /, **arguments: Any) -> dict[str, Any]:
        self.sent = arguments
        return self._told


class Borrower:
    """Has the real key, and the button. The verifiers of its two accounts happen to be the same."""

    def __init__(self, desk: Desk) -> None:
        self.client = desk.client()
        self.client.set_time(round(desk.key.true_time))
        self.accounts = [self.client.add(account).account for account in (AMAZON, GITHUB)]
        self.client.set_end(self.accounts[0], ONE, phrase)
        derived = phrase(bytes.fromhex(self.client._ask("owner", account=self.accounts[0])["salt"]))
        self.client.set_end(self.accounts[1], ONE, lambda salt: derived)

    def hears(self, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the owner sends to renew the first account's end, told this, or what the real key tells."""
        account = self.accounts[0]
        owner = Fooled(told or self.client._ask("owner", account=account))
        owner.set_end(account, FIVE, phrase)
        return owner.sent

    def tries(self, **fields: Any) -> str:
        """Why the key refuses that, "" if it does not."""
        try:
            self.client._ask("set_end", **fields)
        except KeyRefused as refused:
            return refused.code
        return ""

    @property
    def ends(self) -> list[End | None]:
        return [unpack(entry.end) for entry in self.client.list()]


@pytest.fixture
def borrower(desk: Desk) -> Borrower:
    desk.plug_in()
    return Borrower(desk)


@on_simulator
def test_what_the_owner_sends_makes_one_change_once(borrower: Borrower) -> None:
    first, second = borrower.accounts
    for other in ({"end": SIX}, {"end": b""}, {"account": second}):
        assert borrower.tries(**{**borrower.hears(), **other}) == errors.WRONG_PASSPHRASE
        assert borrower.ends == [End(codes=1)] * 2
    sent = borrower.hears()
    assert borrower.tries(**sent) == ""
    assert borrower.tries(**sent) == errors.BAD_VALUE, "without a challenge"
    borrower.client._ask("owner", account=first)
    assert borrower.tries(**sent) == errors.WRONG_PASSPHRASE, "for another challenge"
    assert borrower.ends == [End(codes=5), End(codes=1)]


@on_simulator
def test_an_owner_who_is_told_that_there_was_no_end_gives_nothing_away(borrower: Borrower) -> None:
    """The computer draws the salt of a first end, so the verifier that it sends is of no other end."""
    sent = borrower.hears(NONE)
    assert borrower.tries(**sent) == errors.BAD_VALUE
    told = borrower.client._ask("owner", account=sent["account"])
    proof = proof_of(sent["verifier"], bytes.fromhex(told["challenge"]), sent["account"], b"")
    assert borrower.tries(account=sent["account"], end=b"", proof=proof) == errors.WRONG_PASSPHRASE
    assert borrower.ends == [End(codes=1)] * 2
