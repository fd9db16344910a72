"""For eyes, ears and fingers: axe finds nothing, a keyboard or a narrow window is enough, and Orca tells all.

A keyboard alone leads to the first code. Orca, a screen reader, is heard while hands make a gesture by its
words alone, slowly or wrongly.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.layouts.desktop import Display, wait_until
from tests.page import browsers
from tests.page.browsers import PageDesk, ThisComputer
from tests.page.conftest import AtPage
from tests.page.screens import check_its_width, check_with_axe, every_screen
from tests.page.seller import LANGUAGES, MAIL, SHOWN, Listener, Seller, catalogues
from tests.support.cases import sampled, slow
from tests.support.chinese import english_in
from tests.support.consent import ANSWER, announced, make, press, told
from tests.support.load import patience
from totpkey.web import page_file
from totpkey.web.server import PageServer
from totpkey_protocol import limits

LONG_MAIL = "a-rather-long-name-of-a-seller@some-very-long-domain.com"
#: Of boards, sites and programs, of the accounts and of a shop.
_NAMES = (
    *(
        "Adafruit Trinkey",
        "Amazon Seller Central",
        "Amazon",
        "Google",
        "GitHub",
        "Microsoft",
        "Chrome",
        "snap",
    ),
    *(
        "sudo snap connect chromium:raw-usb",
        *(f"{number}-{LONG_MAIL}" for number in range(6)),
        LONG_MAIL,
        "Paris",
    ),
)


def check_its_chinese(page: Page) -> None:
    """No English but names and quotations; the log for those who help is the protocol's."""
    shown = page.evaluate(
        """[...document.querySelectorAll("main, dialog")]
             .map((part) =>
               part.innerText.replaceAll(document.querySelector("pre")?.innerText || "\\0", ""))
             .join("\\n")"""
    )
    assert english_in(shown, *_NAMES) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(360, "light", "zh"), slow(360, "dark", "en"), slow(1100, "dark", "zh"), slow(1100, "light", "en")],
)
def test_every_screen(
    width: int, scheme: str, language: str, at_page: AtPage, desk: PageDesk, server: PageServer
) -> None:
    desk.unplug()
    size = {"width": width, "height": 740}
    seller = at_page(desk, server.address, language=language, viewport=size, color_scheme=scheme)
    page = seller.page

    def look(_: str) -> None:
        # A picture that moves is judged as it rests.
        page.emulate_media(reduced_motion="reduce")
        check_with_axe(page)
        check_its_width(page)
        if language == "zh":
            check_its_chinese(page)

    seller.is_at("connect.title")
    for summary in page.locator("summary").all():
        summary.click()
    look("connect")
    desk.plug_in()
    every_screen(seller, look, LONG_MAIL)


def test_what_the_key_asks_for_can_be_cancelled_but_not_missed(seller: Seller) -> None:
    """Escape or the button withdraw the request; the key hears of it. Then it serves another try."""
    seller.has_an_account()
    dialog = seller.page.locator("dialog.touch")
    seller.opens("shop")
    for by_keyboard in (True, False):
        seller.removes()
        dialog.wait_for()
        if by_keyboard:
            seller.page.keyboard.press("Escape")
        else:
            seller.agrees("cancel")
        seller.is_told("problems.withdrawn")
        expect(dialog).to_be_hidden()
        assert len(seller.accounts()) == 1
    seller.removes()
    seller.consents()
    seller.sees("account.removed", name="Amazon:shop")


#: All that has the focus on the way, by its role and its name: that of a text, or as it is.
HEARD = (
    'button "{connect.button}"',
    'heading "{setup.title}" [level=1]',
    'button "{site}"',
    'heading "{site}" [level=1]',
    'link "sellercentral.amazon.com"',
    "text: {enroll.signing_up}",
    'button "{look.screen}"',
    "text: {look.others}",
    'textbox "{add.setup_key}"',
    'textbox "{add.sign_in}"',
    'heading "{enroll.type}" [level=1]',
    'button "{enroll.worked}"',
    'button "{enroll.end}"',
    'button "{enroll.backup_now}"',
    'button "{enroll.lock_now}"',
    'button "{enroll.finished}"',
)


@pytest.mark.parametrize("language", sampled(LANGUAGES, ["zh"]))
def test_to_the_first_code(language: str, at_page: AtPage, usb_desk: PageDesk) -> None:
    seller = at_page(usb_desk, language=language)
    listener = Listener(seller.page)
    seller.is_at("connect.title")
    listener.goes_to(seller.text("connect.button"))
    usb_desk.plug_in()
    seller.is_at("setup.title")
    listener.hears()
    site = seller.guide_text("Amazon Seller Central")
    listener.goes_to(site)
    listener.enters()
    seller.page.locator("ol.steps").wait_for()
    listener.hears()
    listener.goes_to(seller.text("add.setup_key"))
    listener.types(SHOWN)
    listener.goes_to(seller.text("add.sign_in"))
    listener.types(MAIL)
    listener.enters()
    seller.is_at("enroll.type")
    listener.hears()
    seller.types_its_code()
    listener.goes_to(seller.text("enroll.worked"))
    listener.enters()
    seller.sees("enroll.before")
    listener.goes_to(seller.text("enroll.finished"))
    print(*listener.heard, sep="\n")
    names = catalogues()[language] | {"site": site}
    assert listener.heard == [re.sub(r"\{(.*)\}", lambda name: names[name[1]], heard) for heard in HEARD]


PROGRAMS = {"chromium": "chromium", "orca": "orca", "Xvfb": "xvfb", "dbus-daemon": "dbus-bin"}
#: Have Orca write at once what it says, and no synthesizer say it: without a sound card one may hang.
SETTINGS = {
    ".local/share/orca/orca-customizations.py": "from orca.debug import debugFile\n"
    "debugFile.reconfigure(line_buffering=True)\n",
    ".config/speech-dispatcher/speechd.conf": "DisableAutoSpawn\n",
}
_SAID = re.compile(r"SPEECH OUTPUT: '(.*?)'(?: None| \{.*)?$", re.MULTILINE)
#: The longest that a gesture may take which fails once, in s.
LONGEST = 25
#: How long a slow hand presses, in s.
SLOW = 0.4


class Ears:
    """A person who only hears Orca."""

    def __init__(self, folder: Path) -> None:
        self.display = Display(folder)
        self._log = folder / "orca.log"
        self._heard = 0

    def __enter__(self) -> Ears:
        for name, text in SETTINGS.items():
            file = self.display.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.display.start()
        self._orca = self.display.program("orca", "--debug-file", str(self._log))
        wait_until(lambda: bool(self.said()), "Orca")
        return self

    def __exit__(self, *_: object) -> None:
        # Without a synthesizer it may not end when it is asked to.
        self._orca.kill()
        self.display.stop()

    def said(self) -> list[str]:
        """Return what was said after what was heard last."""
        log = self._log.read_text(encoding="utf-8") if self._log.exists() else ""
        return _SAID.findall(log)[self._heard :]

    def hear(self, *texts: str) -> None:
        """Wait until these are said, in this order."""
        for text in texts:
            try:
                wait_until(lambda text=text: text in "\n".join(self.said()), text, patience())  # type: ignore[misc]
            except AssertionError as error:
                error.add_note(f"Orca says {self.said()}")
                raise
            self._heard += next(place for place, said in enumerate(self.said(), 1) if text in said)


@pytest.fixture(scope="module")
def ears(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ears]:
    if absent := [package for program, package in PROGRAMS.items() if not shutil.which(program)]:
        pytest.skip(f"not installed: {' '.join(absent)}")
    if subprocess.run(["pgrep", "-xu", str(os.getuid()), "orca"], check=False, capture_output=True).stdout:
        pytest.skip("another Orca runs, beside which none starts")
    with Ears(tmp_path_factory.mktemp("ears")) as ears:
        yield ears


@pytest.fixture(scope="module")
def spoken(playwright: Playwright, ears: Ears) -> Iterator[Browser]:
    """Yield a browser whose windows Orca reads."""
    display = ears.display
    with browsers.chromium(playwright, ThisComputer(), display.folder, display.environment) as browser:
        yield browser


class Hands:
    """Hands of that person. The key's time stands still while they listen."""

    def __init__(self, seller: Seller, ears: Ears) -> None:
        self._seller, self._ears = seller, ears
        self._desk = seller.desk
        self.key = seller.desk.key
        #: How much of the key's time they took, in ms.
        self.took = 0.0

    @contextmanager
    def at_the_key(self) -> Iterator[None]:
        """Have the key's time pass by what the hands do alone."""
        with self._desk.bridge.lock:
            begun = self.key.uptime_ms
            yield
            self.took += self.key.uptime_ms - begun

    def are_asked(self) -> str:
        """Hear why the key asks, and its gesture."""
        self._seller.is_asked()
        gesture, _ = told()
        self._ears.hear(
            self._seller.text("touch.remove", name="Amazon:shop"),
            self._seller.text("touch.two", one=gesture[0], two=gesture[1]),
        )
        return gesture

    def hear(self, text: str, /, **values: object) -> None:
        """Let the key tell what it has seen, and hear that."""
        self._desk.bridge.turn()
        self._desk.bridge.turn()
        self._ears.hear(self._seller.text(text, **values))

    def listen_to_each_press(self, gesture: str) -> None:
        announced(self.key)
        one, two = map(int, gesture)
        self._press(one, "touch.made_next", next=two)
        self.key.run(ANSWER)
        self.hear("touch.now", count=two)
        self._press(two, "touch.made_last")
        self.key.run(ANSWER)

    def _press(self, count: int, last: str, **values: object) -> None:
        for made in range(1, count + 1):
            press(self.key, SLOW)
            self.hear("touch.made" if made < count else last, made=made, count=count, **values)

    def press_early(self, _gesture: str) -> None:
        press(self.key)

    def press_without_a_pause(self, gesture: str) -> None:
        announced(self.key)
        make(self.key, str(sum(map(int, gesture))))

    def miscount(self, gesture: str) -> None:
        announced(self.key)
        make(self.key, str(int(gesture[0]) % 4 + 1) + gesture[1:])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "wrong"),
    [
        ("en", None),
        ("zh", Hands.press_early),
        ("en", Hands.press_without_a_pause),
        ("zh", Hands.miscount),
    ],
)
def test_each_press_is_said_and_what_to_do_when_a_gesture_fails(
    language: str,
    wrong: Callable[[Hands, str], None] | None,
    spoken: Browser,
    ears: Ears,
    at_page: AtPage,
    desk: PageDesk,
) -> None:
    with PageServer(desk.keys, page_file().read_bytes) as server:
        seller = at_page(desk, server.address, browser=spoken, language=language)
        hands = Hands(seller, ears)
        seller.has_an_account()
        # The page's time stands still, too.
        seller.page.clock.install()
        seller.opens("shop")
        seller.button("account.remove").focus()
        ears.hear(f"{seller.text('account.remove')} button")
        seller.page.keyboard.press("Enter")
        ears.hear(seller.text("account.remove_detail"), f"{seller.text('keep')} button")
        seller.page.keyboard.press("Tab")
        ears.hear(f"{seller.text('account.remove')} button")
        seller.page.keyboard.press("Enter")
        gesture = hands.are_asked()
        seller.page.clock.pause_at(seller.page.evaluate("Date.now() / 1000 + 1"))
        if wrong:
            with hands.at_the_key():
                wrong(hands, gesture)
                hands.hear("touch.failed_then")
                hands.hear("touch.failed")
                desk.key.run(limits.CALM)
            seller.page.clock.fast_forward(1000 * limits.CALM)
            gesture = hands.are_asked()
        with hands.at_the_key():
            hands.listen_to_each_press(gesture)
        seller.page.clock.resume()
        ears.hear(seller.text("account.removed", name="Amazon:shop"))
        assert hands.took <= 1000 * LONGEST
