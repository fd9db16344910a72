"""Google exports of today, whose codes do not name their export: the page never loses one silently."""

from __future__ import annotations

import pytest

from readers.tests import migration
from readers.tests.entries import AMAZON, PLAIN, WORK, Entry
from tests.page.seller import Seller, as_file, picture

pytestmark = pytest.mark.slow

OTHER = PLAIN[1:]
#: Of the name and settings of one that the key has, with another secret.
CHANGED = Entry("Amazon", "shop", b"Z" * 20)


@pytest.fixture
def adding(seller: Seller) -> Seller:
    """Where accounts are added."""
    seller.is_ready()
    seller.presses("home.add")
    return seller


def test_a_picture_that_comes_while_another_is_read_is_read_next(adding: Seller) -> None:
    adding.shows(migration.uri((AMAZON,), 0, 2))
    adding.shows(migration.uri(OTHER, 1, 2))
    adding.is_at("many.title")


def test_mixed_exports_are_told_and_nothing_is_lost(adding: Seller) -> None:
    """The second export's last code is not there, which no count can tell."""
    mixed = (migration.uri((AMAZON,), 0, 2), migration.uri((WORK,), 0, 2))
    adding.carries_files("drop", *(as_file(picture(uri)) for uri in mixed))
    adding.sees("migration.missing", have="1", size=2)
    adding.sees("migration.mixed", size=2)
    adding.shows(migration.uri(OTHER, 1, 2))
    adding.is_not_told("migration.missing", have="1", size=2)
    adding.sees("migration.mixed", size=2)
    adding.presses("migration.go_on")
    adding.is_at("many.title")
    adding.sees("many.lead", count=3, all=3)


def test_one_of_the_same_name_is_not_called_the_same_as_if_that_were_known(seller: Seller) -> None:
    seller.has_an_account()
    seller.presses("home.add")
    seller.shows(migration.uri((CHANGED,)))
    seller.is_at("many.title")
    seller.sees("many.none")
    said = seller.page.locator("main").inner_text()
    assert "were not compared" in said
    assert "already" not in said
