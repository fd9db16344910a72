"""`totpkey web` on Windows: the page reaches this computer, and Ctrl-C ends it."""

from __future__ import annotations

import re
import urllib.request

import pytest

import build_page
from tests.support.judges import from_npm
from tests.support.port import LIMIT
from tests.windows import wine

pytestmark = pytest.mark.needs("windows")


@pytest.fixture
@from_npm
def page(windows: None) -> bytes:
    """The page's file, or a skip where it cannot be built."""
    return build_page.build().read_bytes()


def test_the_page_is_served_until_ctrl_c(page: bytes) -> None:
    console = wine.Console(wine.program(*wine.COMMAND, "web", "--no-browser"))
    assert console.shows("Ctrl-C ends it."), console.text
    found = re.search(r"http://127\.0\.0\.1:\d+/\S+", console.text)
    assert found, console.text
    with urllib.request.urlopen(found[0], timeout=LIMIT) as reply:  # noqa: S310 - of this computer
        assert reply.read() == page
    console.type("\x03")
    assert console.end() == 0, console.text
    assert "Ended." in console.text
