"""From the first screen to the first code at the site: the clicks, fields and seconds that it takes a person.

No test measures how long this machine takes. A person's seconds are those of the keystroke-level model
(Card, Moran and Newell, "The Keystroke-Level Model for User Performance Time with Interactive Systems",
1980) for clicks and keys; and of Brysbaert ("How many words do we read per minute?", 2019) for every word
that the page shows on the way. He finds that other languages are read as fast as the same message in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser

from tests.page.desk import PageDesk
from tests.page.seller import SHOWN, Seller, catalogues
from tests.page.test_walk import EXISTING_SELLER, MAIL, PASTE, types_its_code
from tests.pictures.test_qr import code, page, saved
from totpkey.accounts import base32
from totpkey.web import page_file

LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
MOST_CLICKS = 7
MOST_SECONDS = 120
#: The page's button, the key in the browser's list, and the list's button: here a policy allows the port.
PERMISSION_CLICKS = 3
#: Of the model, in seconds: to point and click; a key; to find out what to do next on a new screen.
CLICK, KEY, THINK = 1.1 + 0.2, 0.28, 1.35
#: English words in a second, silently.
WORDS = 238 / 60
_WORD = re.compile(r"[A-Za-z0-9][\w'.@-]*", re.ASCII)
#: A site's word in its language and the reader's, of which they read the one that their page has.
_IN_BOTH = re.compile("[^“”（）]+（([^“”（）]*)）(?=”)")
_CHARACTER = re.compile(r"[\u4e00-\u9fff]")
#: A press of the key that is at hand already: as a click.
PRESS = CLICK


def characters_of_a_word() -> float:
    """How many Chinese characters say what one English word says, in all that the page has to say."""
    english, chinese = (" ".join(catalogues()[language].values()) for language in ("en", "zh"))
    return len(_CHARACTER.findall(chinese)) / len(_WORD.findall(english))


@dataclass
class Walk:
    """What a person did and read."""

    seller: Seller
    clicks: int = PERMISSION_CLICKS
    fields: int = 0
    keys: int = 0
    screens: int = 0
    read: list[str] = field(default_factory=list)

    def reads(self) -> None:
        """The screen that is there now, all of it."""
        self.screens += 1
        text = self.seller.page.evaluate(
            """() => {
              const drawings = [...document.querySelectorAll("main svg")];
              for (const drawing of drawings) drawing.style.display = "none";
              const { innerText } = document.querySelector("main");
              for (const drawing of drawings) drawing.style.display = "";
              return innerText;
            }"""
        )
        self.read.append(text)

    def enters(self, name: str, text: str, keys: int) -> None:
        """Fill in a field by so many keys: what is copied is pasted by two."""
        self.seller.enters(name, text)
        self.fields += 1
        self.keys += keys

    @property
    def words(self) -> float:
        """What was read, in words of English."""
        text = _IN_BOTH.sub(r"\1", " ".join(self.read))
        return len(_WORD.findall(text)) + len(_CHARACTER.findall(text)) / characters_of_a_word()

    @property
    def seconds(self) -> float:
        doing = self.clicks * CLICK + self.keys * KEY + self.screens * THINK + PRESS
        return doing + self.words / WORDS

    def clicked(self) -> None:
        """Count the real clicks that the page has seen."""
        self.clicks = PERMISSION_CLICKS + int(self.seller.page.evaluate("globalThis.clicks"))

    def __str__(self) -> str:
        return (
            f"{self.seller.language}: {self.clicks} clicks, {self.screens} screens, {self.fields} fields,"
            f" {self.words:.0f} words, {self.seconds:.0f} s"
        )


@contextmanager
def walk(chromium: Browser, desk: PageDesk, language: str) -> Iterator[Walk]:
    """A new key before the page, connected by its port; afterwards the walk was short enough."""
    with chromium.new_context(locale=LANGUAGES[language]) as context:
        opened = context.new_page()
        opened.add_init_script(
            "globalThis.clicks = 0;"
            "addEventListener('click', (event) => (globalThis.clicks += event.isTrusted), true);"
        )
        opened.goto(page_file().as_uri())
        walked = Walk(Seller(opened, desk, language))
        walked.seller.is_at("connect.title")
        walked.reads()
        desk.plug_in()
        walked.seller.is_at("setup.title")
        walked.reads()
        yield walked
        walked.seller.is_at("enroll.type")
        walked.reads()
        walked.clicked()
        types_its_code(walked.seller)
        print(walked)
        assert walked.clicks <= MOST_CLICKS, walked
        assert walked.seconds <= MOST_SECONDS, walked


def copies_the_setup_key(walked: Walk) -> None:
    """Choose that way, and paste what the site shows."""
    walked.seller.picks_way(PASTE)
    walked.seller.presses("next")
    walked.seller.field("add.secret").wait_for()
    walked.reads()
    walked.enters("add.secret", SHOWN, keys=2)
    walked.enters("add.label", MAIL, keys=len(MAIL))
    walked.seller.presses("next")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_existing_seller_who_copies_the_setup_key(
    language: str, chromium: Browser, usb_desk: PageDesk
) -> None:
    with walk(chromium, usb_desk, language) as walked:
        seller = walked.seller
        expected = seller.page.get_by_role("radio", name=seller.guide_text(EXISTING_SELLER), exact=True)
        assert expected.is_checked()
        copies_the_setup_key(walked)
    assert walked.fields == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_existing_seller_with_a_picture_of_the_qr_code(
    language: str, chromium: Browser, usb_desk: PageDesk
) -> None:
    """Its name is in the code, so no field is to be filled in."""
    uri = f"otpauth://totp/Amazon%3A{MAIL}?secret={base32.encode(base32.decode(SHOWN))}&issuer=Amazon"
    with walk(chromium, usb_desk, language) as walked:
        seller = walked.seller
        seller.presses("next")
        seller.sees("look.screen")
        walked.reads()
        picture = list(saved(page((code(uri), (300, 200))), "PNG"))
        seller.carries_files("paste", [{"name": "screenshot.png", "type": "image/png", "bytes": picture}])
        walked.keys += 2
    assert walked.fields == 0
