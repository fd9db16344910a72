"""An account goes from key to key by a file: the owner's key, the staff's, and one that a test plays."""

from __future__ import annotations

from dataclasses import replace
from hmac import HMAC
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.clock.bench import DAY
from tests.clone.other_key import LOW_ORDER
from tests.flash import attacker
from tests.lending.conftest import FIVE, SECRET, SIX, Keys, on_simulator, refusal
from tests.lending.envelope import Borrower, Letter, record, seal, unpack
from tests.support.desk import AMAZON, COUNTED, DERIVED, GITHUB, Desk, phrase
from tests.typing.bench import LETTERS, US_TABLE
from totpkey.accounts.account import Account
from totpkey.accounts.ends import End
from totpkey.errors import NotDone
from totpkey.link.client import KeyClient
from totpkey.link.replies import Card
from totpkey_protocol import errors, limits

pytestmark = on_simulator
STEAM = Account("Steam", "me", bytes(range(20)), digits=5, type="steam")


def test_the_file_is_what_the_document_says(keys: Keys) -> None:
    """Another library opens what a key has sealed, and a key what another library has."""
    owner, other = keys(replace(AMAZON, recipe="{code}{ENTER}")), Borrower()
    letter = other.open(owner.lend(card := other.card, lender="老板"))
    assert (letter.end, letter.lender, letter.secret) == (FIVE, "老板", AMAZON.secret)
    assert abs(letter.made - owner.desk.key.true_time) < 10
    expected = record(AMAZON.secret, label=AMAZON.label, issuer=AMAZON.issuer)
    assert letter.record == expected, "neither its id nor what a press types goes along"
    assert unpack(letter.pack()) == letter
    with pytest.raises(InvalidTag):
        Borrower().open(owner.lend(card))

    mine = owner.client.make_card("me")
    accepted = owner.client.accept(owner.seal(mine, label="till"))
    listed = owner.client.list()[1]
    assert (listed.account, listed.label, listed.lender) == (accepted.account, "till", "Otto")


def test_a_file_opens_once_even_after_its_account_is_removed(keys: Keys) -> None:
    owner, staff = keys(AMAZON), keys()
    card = staff.client.make_card("Anna")
    first, second = owner.lend(card), owner.lend(card)
    account = staff.client.accept(first).account
    assert refusal(staff.client.accept, first) == (errors.FILE_USED, "sealed")
    staff.client.remove(account)
    assert refusal(staff.client.accept, first) == (errors.FILE_USED, "sealed")
    staff.client.done()
    staff.desk.key.run(5)
    staff.desk.replug_for_setup()
    staff.reopen()
    assert refusal(staff.client.accept, first) == (errors.FILE_USED, "sealed")
    assert staff.client.accept(second).added
    staff.client.remove(staff.accounts[0])
    assert refusal(staff.client.accept, first) == (errors.FILE_USED, "account"), "older than the newest"
    assert refusal(staff.client.accept, second) == (errors.FILE_USED, "sealed")
    assert staff.client.accept(owner.lend(card)).added


def test_a_newer_file_renews_the_end_and_an_older_one_does_not(keys: Keys) -> None:
    owner, staff = keys(AMAZON), keys(GITHUB)
    card = staff.client.make_card("Anna")
    files = [owner.lend(card), owner.lend(card, SIX, lender="the new owner"), owner.lend(card)]
    account = staff.client.accept(files[0]).account
    staff.client.rename(account, "", "mine")
    staff.client.recipe(account, "{code}{ENTER}")
    assert staff.client.accept(files[1]) == replace(staff.client.accept(files[2]), added=False)
    listed = staff.client.list()[1]
    assert (listed.account, listed.label, listed.recipe) == (account, "mine", "{code}{ENTER}")
    assert (listed.end, listed.lender) == (FIVE.hex(), "the shop")
    for removed in (False, True):
        if removed:
            staff.client.remove(account)
        refused = [refusal(staff.client.accept, file) for file in files]
        assert refused == [(errors.FILE_USED, about) for about in ("account", "account", "sealed")]


def test_no_other_key_opens_it(keys: Keys) -> None:
    owner, anna, ben = keys(AMAZON), keys(), keys()
    card = anna.client.make_card("Anna")
    ben.client.make_card("Anna")
    file = owner.lend(card)
    assert refusal(ben.client.accept, file) == (errors.BAD_VALUE, "sealed")
    anna.client.make_card("Anna")
    assert refusal(anna.client.accept, file) == (errors.BAD_VALUE, "sealed"), "an older card's"
    anna.client.wipe()
    assert refusal(anna.client.card) == (errors.NOT_FOUND, "card")
    assert refusal(anna.client.accept, file) == (errors.NOT_ALLOWED, "")
    anna.client.init()
    assert refusal(anna.client.accept, file) == (errors.NOT_FOUND, "card")
    anna.client.make_card("Anna")
    anna.client.set_time(round(anna.desk.key.true_time))
    assert refusal(anna.client.accept, file) == (errors.BAD_VALUE, "sealed")


def test_a_new_card_forgets_what_is_gone_and_keeps_what_is_there(keys: Keys) -> None:
    staff = keys()
    card = staff.client.make_card("Anna")
    account = staff.client.accept(staff.seal(card, ago=60)).account
    again = staff.client.make_card("Anna again")
    assert staff.client.card() == again
    renewed = staff.client.accept(staff.seal(again, ago=30, end=SIX))
    assert (renewed.account, renewed.added) == (account, False)
    staff.client.remove(account)
    assert refusal(staff.client.accept, staff.seal(again, ago=60)) == (errors.FILE_USED, "account")
    third = staff.client.make_card("Anna")
    assert staff.client.accept(staff.seal(third, ago=60)).added, "no older file is for this card"


def test_what_is_borrowed_stays_borrowed(keys: Keys) -> None:
    owner, staff = keys(AMAZON), keys(GITHUB)
    card = staff.client.make_card("Anna")
    account = staff.client.accept(owner.lend(card)).account
    client = staff.client
    staff.asked.clear()
    assert refusal(client.lend, account, Borrower().card, FIVE, "me") == (errors.NOT_ALLOWED, "account")
    for end in (SIX, b""):
        assert refusal(client.set_end, account, end, phrase) == (errors.NOT_ALLOWED, "account")
    client.clone_key()
    assert refusal(client.clone_send, Borrower().public, account) == (errors.NOT_ALLOWED, "account")
    assert staff.asked == [], "nobody is asked"
    assert len(list(client.export(DERIVED))) == 1
    for place in range(2):
        client.rename(account, "", f"x{place}")
        client.move(account, place)
        assert refusal(client.lend, account, Borrower().card, FIVE, "me")[0] == errors.NOT_ALLOWED
        assert next(entry for entry in client.list() if entry.account == account).lender == "the shop"


@pytest.mark.parametrize(
    ("end", "parts", "expected"),
    [
        (End(until=1).pack(), {}, (errors.END_REACHED, "sealed")),
        (bytes(12), {}, (errors.OUT_OF_RANGE, "end")),
        (End().pack(), {}, (errors.BAD_VALUE, "end")),
        (FIVE, {"kind": "hotp"}, (errors.BAD_VALUE, "sealed")),
        (FIVE, {"tail": b"{code}{ENTER}"}, (errors.BAD_VALUE, "sealed")),
        # All else is checked as what a clone sends.
        (FIVE, {"label": "\x1b[2J"}, (errors.BAD_VALUE, "label")),
    ],
    ids=str,
)
def test_what_no_key_seals_is_refused(
    keys: Keys, end: bytes, parts: dict[str, Any], expected: tuple[str, str]
) -> None:
    staff = keys(GITHUB)
    card = staff.client.make_card("Anna")
    assert refusal(staff.client.accept, staff.seal(card, end=end, **parts)) == expected
    assert len(staff.accounts) == 1


def test_who_lends_is_a_name_and_a_secret_is_there(keys: Keys) -> None:
    staff = keys()
    card, made = staff.client.make_card("Anna"), round(staff.desk.key.true_time)
    for lender in ("", "x" * 33, "\u202e"):
        sealed = seal(card.public, Letter(made, FIVE, lender, record(SECRET)).pack())
        assert refusal(staff.client.accept, sealed)[1] == "lender"
    for content in (b"", bytes(17), Letter(made, FIVE, "me", b"").pack(), bytes(16) + b"\xff"):
        assert refusal(staff.client.accept, seal(card.public, content)) == (errors.BAD_VALUE, "sealed")
    sealed = seal(card.public, Letter(made, FIVE, "me", record(b"")).pack())
    assert refusal(staff.client.accept, sealed) == (errors.OUT_OF_RANGE, "secret")
    for point in LOW_ORDER:
        assert refusal(staff.client.accept, point + bytes(80)) == (errors.BAD_VALUE, "sealed")
    assert staff.accounts == ()


def test_what_an_owner_cannot_lend(keys: Keys) -> None:
    owner = keys(AMAZON, COUNTED, GITHUB)
    client, card = owner.client, Borrower().card
    amazon, counted, github = owner.accounts
    client.set_end(github, SIX, phrase)
    owner.asked.clear()
    past = End(until=round(owner.desk.key.true_time) - 1).pack()
    assert refusal(client.lend, counted, card, FIVE, "me") == (errors.BAD_VALUE, "account")
    assert refusal(client.lend, github, card, FIVE, "me") == (errors.NOT_ALLOWED, "account")
    assert refusal(client.lend, "00000001", card, FIVE, "me") == (errors.NOT_FOUND, "account")
    assert refusal(client.lend, amazon, card, End().pack(), "me") == (errors.BAD_VALUE, "end")
    assert refusal(client.lend, amazon, card, past, "me") == (errors.OUT_OF_RANGE, "end")
    assert owner.asked == []
    for point in LOW_ORDER:
        assert refusal(client.lend, amazon, Card("x", point), FIVE, "me") == (errors.BAD_VALUE, "card")


def test_nothing_happens_without_the_gesture(keys: Keys) -> None:
    owner, staff = keys(AMAZON), keys()
    card = staff.client.make_card("Anna")
    file = owner.lend(card)

    def refuse(desk: Desk) -> KeyClient:
        return desk.client(lambda touch: desk.let_it_wait() if touch.begins else None)

    with refuse(staff.desk) as client:
        assert refusal(client.accept, file)[0] == errors.PRESS_TIMEOUT
        assert refusal(client.make_card, "Eve")[0] == errors.PRESS_TIMEOUT
        assert (client.card(), client.list()) == (card, ())
    # The answer does not fit behind all that the program has not read; a new session tells it.
    with refuse(owner.desk) as client, pytest.raises(NotDone):
        client.lend(owner.accounts[0], card, FIVE, "me")


def test_dates_need_a_clock_on_both_sides(desk: Desk) -> None:
    with desk.client() as client:
        account = client.add(AMAZON).account
        card = client.make_card("Anna")
        assert refusal(client.lend, account, card, FIVE, "me")[0] == errors.CLOCK_NOT_SET
        later = End(until=round(desk.key.true_time) + DAY).pack()
        letter = Letter(round(desk.key.true_time), later, "Otto", record(SECRET))
        assert refusal(client.accept, seal(card.public, letter.pack()))[0] == errors.CLOCK_NOT_SET
        client.set_time(round(desk.key.true_time))
        assert client.accept(seal(card.public, letter.pack())).added


def test_steam_needs_a_layout_and_loses_nothing_without_one(keys: Keys) -> None:
    owner, staff = keys(), keys()
    owner.client.init()
    owner.client.set_typing(LETTERS, US_TABLE)
    owner.client.add(STEAM)
    card = staff.client.make_card("Anna")
    file = owner.lend(card)
    assert refusal(staff.client.accept, file) == (errors.CANNOT_TYPE, "type")
    staff.client.set_typing(LETTERS, US_TABLE)
    assert staff.client.accept(file).added


def test_the_longest_names_fit(keys: Keys) -> None:
    face = "\N{GRINNING FACE}"
    account = Account(face * limits.NAME, face * limits.NAME, bytes(range(limits.SECRET)), "SHA512", 8)
    owner, staff = keys(account), keys()
    card = staff.client.make_card(face * limits.LENDER)
    staff.client.accept(owner.lend(card, lender=face * limits.LENDER))
    (listed,) = staff.client.list()
    assert (listed.issuer, listed.label) == (account.issuer, account.label)
    assert listed.lender == face * limits.LENDER


@pytest.mark.slow
def test_a_card_remembers_so_many_accounts_and_no_more(keys: Keys) -> None:
    staff = keys()
    card = staff.client.make_card("x" * limits.LENDER)
    made = round(staff.desk.key.true_time)

    def file(number: int, card: Card = card) -> bytes:
        letter = Letter(made, FIVE, "Otto", record(number.to_bytes(2, "big") * 10))
        return seal(card.public, letter.pack())

    for number in range(limits.BORROWED):
        staff.client.remove(staff.client.accept(file(number)).account)
    assert refusal(staff.client.accept, file(limits.BORROWED)) == (errors.FULL, "card")
    for number in (0, limits.BORROWED - 1):
        assert refusal(staff.client.accept, file(number)) == (errors.FILE_USED, "sealed")
    again = staff.client.make_card("Anna")
    assert staff.client.accept(file(limits.BORROWED, again)).added


@pytest.mark.parametrize("later", [0, 5])
def test_a_change_of_locks_makes_a_new_card(keys: Keys, later: float) -> None:
    """`later`: after so many s all pages are sealed under the new data key."""
    staff = keys()
    card = staff.client.make_card("Anna")
    account = staff.client.accept(staff.seal(card)).account
    file = staff.seal(card, end=SIX)
    seen = {card.public}
    for locks in (True, False):
        assert staff.client.set_pin("2580") if locks else staff.client.remove_slot("pin")
        staff.desk.key.run(later)
        assert refusal(staff.client.accept, file)[0] in (errors.NOT_FOUND, errors.BAD_VALUE)
        again = staff.client.card()
        assert again.name == "Anna"
        assert again.public not in seen
        staff.desk.key.run(5)
        assert staff.client.card() == again
        seen.add(again.public)
    renewed = staff.client.accept(staff.seal(again, end=SIX))
    assert (renewed.account, renewed.added) == (account, False), "what was borrowed is still listed"


def test_a_thief_of_the_flash_has_the_card_as_the_accounts(keys: Keys) -> None:
    """Without a lock the private half opens all files for the card; under a lock, or erased, it is gone."""
    staff = keys(GITHUB)
    card = staff.client.make_card("Anna")
    sealed = staff.seal(card)
    account = staff.client.accept(sealed).account
    staff.client.remove(account)
    flash = staff.desk.key.flash
    (data_key,) = attacker.data_keys(flash)
    (stolen,) = attacker.cards(flash, data_key)
    assert (stolen.name, stolen.public) == ("Anna", card.public)
    thief = Borrower(X25519PrivateKey.from_private_bytes(stolen.private))
    letter = thief.open(sealed)
    assert (thief.public, letter.secret) == (card.public, SECRET)
    mark = HMAC(SECRET, b"totpkey borrowed", "sha256").digest()[:8]
    assert stolen.borrowed == ((mark, letter.made, int(account, 16)),)
    staff.client.set_passphrase(DERIVED, bytes(16), 65536, 3, 4)
    lent_later = staff.seal(staff.client.card())
    staff.desk.key.run(5)
    flash = staff.desk.key.flash
    assert attacker.data_keys(flash) == set()
    assert attacker.cards(flash, data_key) == [], "the older data key opens no card any more"
    with pytest.raises(InvalidTag):
        thief.open(lent_later)
    staff.client.wipe()
    assert not [page for page in attacker.pages(staff.desk.key.flash) if page.kind == attacker.CARD]


def test_every_byte_counts_at_the_key(keys: Keys) -> None:
    staff = keys()
    card = staff.client.make_card("Anna")
    file = staff.seal(card)
    for at in range(0, len(file), 5):
        damaged = bytearray(file)
        damaged[at] ^= 0x80
        assert refusal(staff.client.accept, bytes(damaged)) == (errors.BAD_VALUE, "sealed"), at
    for cut in (1, 32, 48, 64, len(file) - 1):
        assert refusal(staff.client.accept, file[:cut]) == (errors.BAD_VALUE, "sealed"), cut
    assert staff.accounts == ()
    assert staff.client.accept(file).added
