"""`totpkey card`, `lend` and `accept`, on the owner's key and two of the staff."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tests.lending.commands.staff import ANNA, BEN, CODES, accept, card_of, lend, owner
from tests.lending.envelope import Borrower
from tests.support.terminal import CommandDesk, MakeDesk
from totpkey import lending
from totpkey.cli import exits
from totpkey.link.replies import Card

__all__ = ["owner"]


def test_an_account_is_lent_and_listed(owner: CommandDesk, make_desk: MakeDesk, tmp_path: Path) -> None:
    anna, file = make_desk(uid=ANNA), tmp_path / "till.lend"
    card = card_of(anna)
    shown = anna.run("card")
    words = lending.fingerprint(lending.read_card(card))
    assert (shown.out.strip(), shown.err.strip()) == (card, f"Anna: {words}")

    lent = lend(owner, card, *CODES, "--out", str(file))
    assert lent.code == exits.OK, lent.err
    assert f"Anna: {words}" in lent.err
    assert "Shop:till is lent to Anna: 5 codes left." in lent.err
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "END" not in owner.run("list").out

    accepted = accept(anna, str(file))
    assert accepted.err.splitlines()[-1] == "Shop:till is borrowed from the shop: 5 codes left."
    assert "lent by the shop, 5 codes left" in anna.run("list").out
    assert "lent by the shop, 5 codes left" in anna.run("info").out
    (entry,) = anna.told("list")
    assert (entry["lender"], entry["end"]["codes"]) == ("the shop", 5)


@pytest.mark.slow
def test_a_file_is_accepted_once_and_a_newer_one_renews_it(owner: CommandDesk, make_desk: MakeDesk) -> None:
    anna = make_desk(uid=ANNA)
    card = card_of(anna)
    text = lend(owner, card).out.strip()
    assert accept(anna, text).code == exits.OK
    for _ in range(2):
        again = accept(anna, text)
        assert (again.code, "has accepted this file before" in again.err) == (exits.ERROR, True)

    text = lend(owner, card, "--codes", "9", "--from", "the boss", "--force").out.strip()
    renewed = accept(anna, text)
    assert renewed.err.splitlines()[-1] == "the boss has renewed Shop:till: 9 codes left."
    assert anna.run("code", "till", when_asked=anna.press_and_wait).code == exits.OK
    assert "lent by the boss, 8 codes left" in anna.run("list").out


@pytest.mark.slow
def test_what_is_borrowed_goes_no_further(owner: CommandDesk, make_desk: MakeDesk, tmp_path: Path) -> None:
    anna, ben = make_desk(uid=ANNA), make_desk(uid=BEN)
    text = lend(owner, card_of(anna)).out
    assert accept(anna, "-", stdin=text).code == exits.OK
    on = anna.run("lend", "till", "--to", card_of(ben, "Ben"), *CODES)
    assert on.code == exits.ERROR
    assert "cannot be handed on" in on.err
    lease = anna.run("lease", "till", "--codes", "9", "--stdin", stdin="granite walnut cobalt ferry")
    assert "cannot be handed on" in lease.err
    backup = anna.run(
        "backup",
        f"{tmp_path}/anna.backup",
        "--stdin",
        stdin="granite walnut cobalt ferry",
        when_asked=anna.agree,
    )
    assert "It leaves out what is lent, and has an end: Shop:till." in backup.err
    cloned = anna.run("clone", ben.port, "--force")
    assert "left out: it is lent, and has an end" in cloned.out


@pytest.mark.slow
def test_only_the_key_of_the_card_opens_it(owner: CommandDesk, make_desk: MakeDesk, tmp_path: Path) -> None:
    anna, ben = make_desk(uid=ANNA), make_desk(uid=BEN)
    none = accept(ben, lend(owner, card_of(anna)).out.strip(), touched=False)
    assert (none.code, "The key has no card yet." in none.err) == (exits.NOT_ONE_ACCOUNT, True)
    card_of(ben, "Ben")
    text = lend(owner, anna.run("card").out.strip()).out.strip()
    other = accept(ben, text, touched=False)
    assert other.code == exits.USAGE
    assert "for another key" in other.err
    card_of(anna, "Anna", "--force")
    assert "for an older card of this one" in accept(anna, text, touched=False).err


@pytest.mark.slow
def test_a_card_is_text_file_picture_or_standard_input(owner: CommandDesk, tmp_path: Path) -> None:
    from totpkey_readers.pictures import qr

    card = lending.write_card(Card("Änne", Borrower().public))
    (tmp_path / "card.txt").write_text(card[:70] + "\r\n" + card[70:] + "\n", encoding="utf-8")
    qr.draw(card, 600).save(tmp_path / "card.png")
    for source in (card, str(tmp_path / "card.txt"), str(tmp_path / "card.png")):
        lent = lend(owner, source)
        assert lent.code == exits.OK, lent.err
        assert "Shop:till is lent to Änne" in lent.err
    assert lend(owner, card, *CODES, "--qr").out.count("\u2588") > 100


def test_someone_who_does_not_compare_the_words_lends_nothing(owner: CommandDesk) -> None:
    card = lending.write_card(Card("Anna", Borrower().public))
    asked = owner.run("lend", "till", "--to", card, "--codes", "5", "--from", "me", stdin="n\n")
    assert asked.code == exits.ERROR
    assert "Nothing was lent." in asked.err
    assert asked.out == ""


@pytest.mark.slow
def test_a_new_card_asks_before_it_replaces_the_old_one_and_a_lock_brings_one(make_desk: MakeDesk) -> None:
    desk = make_desk(uid=ANNA)
    card = card_of(desk)
    kept = desk.run("card", "--make", "--name", "Anna", stdin="n\n")
    assert "The card is as it was." in kept.err
    assert desk.run("card").out.strip() == card
    card, before = card_of(desk, "Anna", "--force"), card
    assert card != before
    locked = desk.run("pin", "set", "--stdin", stdin="739152", when_asked=desk.agree)
    assert "The key's card is a new one" in locked.err
    assert desk.run("card").out.strip() not in (card, before)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("card", "--make"), "A new card has a name"),
        (("card", "--name", "Anna"), "A new card has a name"),
        (("card", "--make", "--name", "x" * 33), "has 1 to 32 characters"),
        (("lend", "till", "--to", "CARD"), "Name an end"),
        (("lend", "till", "--to", "CARD", "--codes", "5"), "Say who lends it"),
        (("lend", "till", "--to", "totpkey-card:1:Anna:", "--codes", "5"), "The card is damaged"),
        (
            ("lend", "till", "--to", "CARD", "--codes", "5", "--from", "x" * 33, "--force"),
            "1 to 32 characters",
        ),
        (("lend", "till", "--to", "CARD", "--until", "2026-01-01", *CODES[2:]), "no moment to come"),
        (("lend", "till", "--to", "/nowhere", *CODES), "cannot be read"),
        (("lend", "till", "--to", __file__, *CODES), "This is no card of a key."),
        (("accept", "totpkey-lend:1:AAAA"), "The file is damaged"),
        (("accept", __file__), "This is no file that lends an account."),
        (("card",), "The key has no card yet."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said(owner: CommandDesk, arguments: tuple[str, ...], words: str) -> None:
    card = lending.write_card(Card("Anna", Borrower().public))
    result = owner.run(*(card if argument == "CARD" else argument for argument in arguments))
    assert result.code != exits.OK
    assert words in result.err


def test_a_file_is_not_overwritten(owner: CommandDesk, tmp_path: Path) -> None:
    card = lending.write_card(Card("Anna", Borrower().public))
    file = tmp_path / "till.lend"
    file.write_text("precious")
    result = owner.run("lend", "till", "--to", card, *CODES[:-1], "--out", str(file))
    assert "is there already" in result.err
    assert file.read_text() == "precious"
