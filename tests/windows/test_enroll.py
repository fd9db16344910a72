"""Step by step through a site, in a Windows console."""

from __future__ import annotations

import pytest

from tests.enroll.person import MAIL, SHOWN, WORDS, type_into_the_page
from tests.leaks.plugin import recorder
from tests.support.terminal import CommandDesk
from tests.windows import wine

pytestmark = pytest.mark.needs("windows")


def test_seller_central_by_its_secret(desk: CommandDesk) -> None:
    recorder.known.add(SHOWN.encode(), "what was typed")
    words = WORDS["en_US.UTF-8"]
    console = wine.Console(wine.program(*wine.COMMAND, "--port", desk.port, "enroll", "seller"))
    for name, answer in (("paste", SHOWN), ("which", MAIL)):
        assert console.shows(words[name]), console.text
        console.type(answer + "\r")
    assert console.shows(words["accepted"]), console.text
    text, possible = type_into_the_page(desk)
    assert text in possible
    console.type("y\r")
    assert console.end() == 0, console.text
    assert words["settings"] in console.text
    assert SHOWN[:14] not in console.text
    assert desk.labels() == [MAIL]
