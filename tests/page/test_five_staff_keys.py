"""An account on five staff keys in ten minutes, all at once: five colleagues, five computers, five pages.

The walk is real: pages, keys, cards and files. The minutes are counted from it, not from this computer's
clock: what the gestures took of the keys' own time, and for each word, click and errand what people take
(below). The colleagues work at the same time, and the owner serves one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.page.conftest import Serve
from tests.page.office import Office, Person
from totpkey.lending import texts

pytestmark = pytest.mark.slow

#: What people take for a word that they read for the first time, and for a click or a press of Enter, in s.
WORD, CLICK = 60 / 150, 3.0
#: To type a name; to put a file into a message, or take one out of it; to call, and compare the digits.
NAME, ERRAND, CALL = 6.0, 10.0, 30.0
#: To see what the key asks for, before the gesture. And what a key computes for it, with its flash: at most
#: three times the arithmetic of a point, which takes 0.6 s on the chip.
NOTICE, COMPUTES = 4.0, 3.0
MOST_MINUTES = 10
STAFF = ("Anna", "Ben", "Chen", "Dana", "Emil")


@pytest.fixture
def office(chromium: Browser, serve: Serve, tmp_path: Path) -> Iterator[Office]:
    with ExitStack() as stack:
        yield Office(stack, chromium, serve, tmp_path)


@dataclass
class Watch:
    """What a person has done since this was asked last, in s."""

    person: Person
    _words: int = 0
    _clicks: int = 0
    _pressed: float = 0.0

    def took(self, *errands: float) -> float:
        words, clicks, pressed = sum(self.person.words), self.person.clicks, self.person.pressed
        gesture = pressed - self._pressed
        seconds = WORD * (words - self._words) + CLICK * (clicks - self._clicks) + gesture + sum(errands)
        self._words, self._clicks, self._pressed = words, clicks, pressed
        return seconds + (NOTICE + COMPUTES if gesture else 0.0)


def test_five_staff_keys_in_ten_minutes(office: Office) -> None:
    owner = office.seat()
    owner.has_an_account()
    staff = [office.seat() for _ in STAFF]
    for person in staff:
        person.sets_up()
        person.is_at("home.title")
    watches = [Watch(person, sum(person.words), person.clicks) for person in staff]
    # All five keys wait for their touch at once.
    for name, person in zip(STAFF, staff, strict=True):
        person.makes_a_card(name)
    for person in staff:
        person.obeys("touch.make_card")
    cards = []
    for name, person in zip(STAFF, staff, strict=True):
        person.sees("borrow.first", name=name)
        person.reads()
        cards.append(person.saves().path().read_text(encoding="utf-8"))
    ready = [watch.took(NAME, ERRAND) for watch in watches]

    owner.opens("shop")
    owner.sees("account.unused")
    at_desk = Watch(owner, _clicks=owner.clicks)
    began, files, lent = owner.clicks, [], []
    owner.presses("account.lend")
    clock = 0.0
    for number, (name, card) in enumerate(zip(STAFF, cards, strict=True)):
        files.append(lends(owner, name, card, first=number == 0))
        clock = max(clock, ready[number]) + at_desk.took(ERRAND, CALL, ERRAND, NAME if number == 0 else 0.0)
        lent.append(clock)

    for person, file in zip(staff, files, strict=True):
        person.pastes(file)
    for person in staff:
        person.obeys("touch.accept")
    ends = []
    for person, watch, sent in zip(staff, watches, lent, strict=True):
        person.is_at("home.title")
        person.reads(".notice.good")
        expect(person.page.locator(".accounts .lent")).to_contain_text("Berlin")
        ends.append(sent + watch.took(ERRAND))
    print(
        f"{owner.clicks - began} clicks of the owner's, {[person.clicks for person in staff]} of the staff's"
    )
    print("cards", rounded(ready), "lent", rounded(lent), "borrowed", rounded(ends), "s")
    assert max(ends) <= 60 * MOST_MINUTES
    # Each key has an account of its own, and no file opens twice.
    assert len({texts.read_file(file).sealed for file in files}) == len(STAFF)


def lends(owner: Person, name: str, card: str, first: bool) -> str:
    """From one colleague's card to the file for them."""
    owner.is_at("account.lend")
    if first:
        owner.reads()
    owner.pastes(card)
    owner.is_at("lend.title", to=name)
    if first:
        owner.reads()
        owner.enters("borrow.name", "Berlin")
    file = owner.lends_to(name).path().read_text(encoding="utf-8")
    if first:
        owner.reads()
    if name != STAFF[-1]:
        owner.presses("lend.another")
    return file


def rounded(seconds: list[float]) -> list[int]:
    return [round(each) for each in seconds]
