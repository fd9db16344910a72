"""From the opened page to the first code: at most 150 words, 5 clicks and 4 screens, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.reading import COUNTS_CLICKS, Reader
from tests.page.seller import LANGUAGES, MAIL, SHOWN, URI

MOST_WORDS, MOST_CLICKS, MOST_SCREENS = 150, 5, 4
#: The key in the browser's list, and the list's button: here a policy allows the port. And the page's own.
CONNECTING = 3
#: The screen of many a laptop. Nobody has to look for Save below it.
LAPTOP: ViewportSize = {"width": 1366, "height": 768}


@pytest.fixture(params=LANGUAGES)
def reader(request: pytest.FixtureRequest, at_page: AtPage, usb_desk: PageDesk) -> Reader:
    """Somebody who has read all up to the site's steps, with a new key."""
    reader = Reader(at_page(usb_desk, language=request.param, script=COUNTS_CLICKS, viewport=LAPTOP))
    reader.is_at("connect.title")
    reader.reads()
    reader.desk.plug_in()
    reader.is_at("setup.title")
    reader.reads()
    reader.picks_site()
    expect(reader.button("add.save")).to_be_in_viewport(ratio=1)
    reader.reads()
    return reader


def ends(reader: Reader) -> None:
    reader.is_at("enroll.type")
    reader.reads()
    reader.types_its_code()
    assert len(reader.read) <= MOST_SCREENS
    reader.check(MOST_WORDS, MOST_CLICKS, CONNECTING)


def test_with_the_setup_key(reader: Reader) -> None:
    """It is pasted anywhere on the screen; then the cursor is where the name goes."""
    reader.pastes(SHOWN)
    assert reader.field("add.setup_key").input_value() == SHOWN
    reader.page.keyboard.type(MAIL)
    reader.presses("add.save")
    ends(reader)


def test_with_a_picture_of_the_qr_code(reader: Reader) -> None:
    """Its name is in the code, so there is nothing to fill in."""
    reader.shows(URI)
    ends(reader)
