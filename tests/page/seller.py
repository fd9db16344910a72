"""What a person does and reads on the set-up page, in terms of what is visible: buttons, fields and texts.

Texts are identified by their names in page/text, so that a test works in both languages. The page's internals
are never used.
Of what is to be read, everything that a screen shows is counted, including words in pictures, but not what is
folded away. The browser says what a word is, also in Chinese (Intl.Segmenter, by ICU's dictionary).
"""

from __future__ import annotations

import re
import time
from functools import cache
from typing import Any

import pyotp
from playwright.sync_api import Download, Locator, Page, expect

import page_definition
from readers.tests.pictures.codes import code, page, saved
from tests.page.browsers import PageDesk
from tests.support.consent import told
from totpkey_readers.records import base32

#: The page's languages, and the locale of a browser that asks for each.
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
#: A setup key as Amazon shows it: 52 characters in groups. It belongs to nobody.
SHOWN = "MFZW GZDF NNUW 4ZZA ORQX G2LO M4QH G2LN OBWG KIDG N5ZC A43F NRWG"
SECRET = base32.decode(SHOWN)
MAIL = "seller@example.com"
#: What the site's QR code holds.
URI = f"otpauth://totp/Amazon:{MAIL}?secret={SHOWN.replace(' ', '')}&issuer=Amazon"
#: One that the page accepts.
PASSPHRASE = "correct horse battery staple"


def right_codes(secret: str, *times: float) -> set[str]:
    """By pyotp, the codes from 5 s before the first of these times to the last."""
    moments = range(int(min(times)) - 5, int(max(times)) + 30, 30)
    return {pyotp.TOTP(secret.replace(" ", "")).at(moment) for moment in moments}


@cache
def catalogues() -> dict[str, dict[str, str]]:
    return page_definition.catalogues()


def picture(*uris: str) -> bytes:
    """A screenshot with codes on it, beside each other."""
    return saved(page(*((code(uri), (100 + 800 * number, 200)) for number, uri in enumerate(uris))), "PNG")


def as_file(content: bytes, name: str = "shot.png", kind: str = "image/png") -> dict[str, Any]:
    return {"name": name, "type": kind, "bytes": list(content)}


class Seller:
    """A person at the page with a key."""

    def __init__(self, page: Page, desk: PageDesk, language: str = "en") -> None:
        self.page = page
        self.desk = desk
        self.language = language
        self._texts = catalogues()[language]

    def text(self, name: str, /, **values: object) -> str:
        def fill(place: re.Match[str]) -> str:
            value, one, many = values[place[1]], place[2], place[3]
            return str(value) if one is None else one if value == 1 else many

        return re.sub(r"\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}", fill, self._texts[name])

    # What the person sees

    def is_at(self, title: str, /, **values: object) -> None:
        try:
            expect(self._heading()).to_have_text(self.text(title, **values))
        except AssertionError as error:
            error.add_note("The page says: " + self.page.locator("main").inner_text())
            raise

    def sees(self, name: str, /, **values: object) -> None:
        expect(self.page.get_by_text(self.text(name, **values)).first).to_be_visible()

    def is_told(self, name: str, /, **values: object) -> None:
        """Check that a problem is shown with its cause and its remedy."""
        self.sees(f"{name}.cause", **values)
        self.sees(f"{name}.remedy", **values)

    def is_not_told(self, name: str, /, **values: object) -> None:
        expect(self.page.get_by_text(self.text(name, **values))).to_have_count(0)

    def accounts(self, which: str = ".accounts") -> list[str]:
        """Return the names in the list of accounts, or in those parts of it."""
        names = self.page.locator(f"{which} .name").all_inner_texts()
        return [" ".join(name.split()) for name in names]

    def bold(self, place: str = ".accounts .name") -> list[str]:
        """Return what is bold there: what tells the accounts apart."""
        return self.page.locator(f"{place} strong").all_inner_texts()

    # What the person does on the page

    def presses(self, name: str, /, **values: object) -> None:
        self.button(name, **values).click()

    def button(self, name: str, /, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.text(name, **values), exact=True).first

    def goes_back(self) -> None:
        self.page.get_by_role("button", name="‹ " + self.text("back"), exact=True).click()

    def goes_home(self) -> None:
        """Go back to the accounts."""
        self.goes_back()
        self.is_at("home.title")

    def goes_to(self, name: str) -> None:
        """Go from the accounts to the screen of that button."""
        self.presses(f"home.{name}")
        self.is_at(f"{name}.title")

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(self.text(name), exact=True).first

    def enters(self, name: str, text: str) -> None:
        self.field(name).fill(text)

    def chooses(self, name: str) -> None:
        self.page.get_by_role("radio", name=self.text(name)).first.check()

    def picks_site(self, name: str = "Amazon Seller Central") -> None:
        """Click the tile of a site, by its English name, and come to its steps."""
        shown = self.guide_text(name)
        tile = self.page.get_by_role("button", name=shown, exact=True, include_hidden=True)
        if not tile.is_visible():
            self.page.get_by_text(self.text("enroll.more"), exact=True).click()
        tile.click()
        expect(self._heading()).to_have_text(shown)

    def guide_text(self, text: str) -> str:
        return text if self.language == "en" else page_definition.data()["guideTexts"][self.language][text]

    def sets_lock(self, secret: str, field: str = "lock.pin_field") -> None:
        self.enters(field, secret)
        self.enters("lock.again", secret)
        self.presses("lock.set")

    def unlocks(self, secret: str, field: str = "lock.pin_field") -> None:
        self.enters(field, secret)
        self.presses("unlock.button")
        self.consents()

    def wipes(self) -> None:
        """At the locks, ask to make the key blank, and say yes."""
        self.presses("wipe.button")
        self.agrees("wipe.agree")

    def removes(self) -> None:
        """Ask to remove the account that is open, and say yes."""
        self.presses("account.remove")
        self.agrees("account.remove")

    def opens(self, account: str) -> None:
        self.page.locator(".accounts .name", has_text=account).click()

    def lends(self, account: str) -> None:
        """Go to where an account is lent."""
        self.opens(account)
        self.presses("account.lend")
        self.is_at("account.lend")

    def says_it_worked(self) -> None:
        """Go on to the accounts, as the site took the new account's code."""
        self.is_at("enroll.type")
        self.presses("enroll.worked")
        self.presses("enroll.finished")
        self.is_at("home.title")

    def agrees(self, name: str) -> None:
        """Confirm the dialog."""
        self.page.locator("dialog").get_by_role("button", name=self.text(name), exact=True).click()

    # What the person does with the key

    def is_asked(self, why: str = "", /, **values: object) -> None:
        """Wait until the page shows the gesture of a request and says `why`. Check that it is the key's."""
        self.page.locator("dialog.touch").wait_for()
        self.desk.until_asked()
        gesture, hold = told()
        counts = dict(zip(("one", "two", "three"), gesture, strict=False))
        form = ("once", "two", "three")[len(gesture) - 1]
        self.sees(f"touch.held_{form}" if hold else f"touch.{form}", **(counts if len(counts) > 1 else {}))
        if why:
            self.sees(why, **values)

    def is_asked_to_remove(self, account: str) -> None:
        self.opens(account)
        self.removes()
        self.is_asked()

    def consents(self, why: str = "", /, **values: object) -> None:
        """Make the gesture that the page shows."""
        self.is_asked(why, **values)
        self.desk.agree()

    # Sequences of steps

    def sets_up(self, lock: str = "lock.none") -> None:
        """Choose the lock of a connected new key whose clock is set."""
        self.is_at("setup.title")
        self.presses("setup.more")
        self.sees("setup.backups")
        self.chooses(lock)
        self.presses("next")

    def is_ready(self, pin: str = "") -> None:
        """Plug in a new key and set it up, with that PIN or without a lock."""
        # The page finds at once a key that is already plugged in.
        if not self.desk.key.plugged:
            self.is_at("connect.title")
            self.desk.plug_in()
        self.sets_up("lock.pin" if pin else "lock.none")
        if pin:
            self.sets_lock(pin)
            self.consents()
        self.is_at("home.title")

    def has_an_account(self) -> None:
        """Set up a key without a lock, and add an account."""
        self.is_ready()
        self.adds(SHOWN, "Amazon", "shop")

    def adds(self, secret: str, issuer: str, label: str) -> None:
        self.presses("home.add")
        self.enters("add.secret", secret)
        self.presses("next")
        self.names(issuer, label)
        self.is_at("home.title")

    def names(self, issuer: str, label: str) -> None:
        self.is_at("add.name")
        self.enters("add.issuer", issuer)
        self.enters("add.label", label)
        self.presses("add.save")

    def backs_up(self, notes: str = "") -> Download:
        """Make a backup, and stay where it is saved."""
        self.presses("home.backup")
        self.enters("lock.passphrase_field", PASSPHRASE)
        self.enters("lock.again", PASSPHRASE)
        self.page.locator("textarea").fill(notes)
        with self.page.expect_download() as download:
            self.presses("backup.make")
            self.consents("touch.export")
        self.is_at("backup.save_title")
        return download.value

    def makes_a_card(self, name: str) -> None:
        """Make the key's card, where one borrows."""
        self.enters("borrow.name", name)
        self.presses("borrow.make")
        self.consents("touch.make_card")
        self.sees("borrow.first", name=name)

    def saves(self) -> Download:
        """Save what the screen hands out."""
        with self.page.expect_download() as download:
            self.page.locator(".hand-out a").click()
        return download.value

    def types_its_code(self, ahead: float = 0) -> None:
        """See that the press which the page asks for types a code that is right now."""
        before, since = len(self.desk.typed()), self._times(ahead)
        self.desk.press()
        self.desk.until(lambda: len(self.desk.computer.text) >= before + 6)
        assert self.desk.typed()[before:] in right_codes(SHOWN, *since, *self._times(ahead))

    def shows_its_code(self, name: str, secret: str = SHOWN) -> None:
        """See that the code of the account whose screen is open is right."""
        since = self._times()
        self.presses("account.code")
        self.consents("touch.code", name=name)
        shown = self.page.locator("output")
        expect(shown).to_have_text(re.compile(r"^\d{6}$"))
        assert shown.inner_text() in right_codes(secret, *since, *self._times())

    def _times(self, ahead: float = 0) -> tuple[float, float]:
        """The key's time, and what the browser may have set it to: by the wall's clock, or some seconds late.

        A simulated key on a busy machine falls behind the wall's.
        """
        return self.desk.key.true_time, time.time() + ahead

    def _heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def pastes(self, text: str) -> None:
        """Paste text outside of all fields, as with the system's clipboard."""
        self.page.evaluate(
            """(text) => {
              const clipboardData = new DataTransfer();
              clipboardData.setData("text/plain", text);
              const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData });
              document.activeElement.dispatchEvent(event);
            }""",
            text,
        )

    def shows(self, *uris: str, kind: str = "paste") -> None:
        """Paste or drop a screenshot with these codes on it."""
        self.carries_files(kind, as_file(picture(*uris)))

    def carries_files(self, kind: str, *files: dict[str, Any]) -> None:
        """Paste or drop files, as with the system's clipboard or a mouse."""
        self.page.evaluate(
            """([kind, files]) => {
              const transfer = new DataTransfer();
              for (const { name, type, bytes } of files) {
                transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
              }
              const options = { bubbles: true, cancelable: true };
              const event = kind === "paste"
                ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
                : new DragEvent("drop", { ...options, dataTransfer: transfer });
              document.body.dispatchEvent(event);
            }""",
            [kind, files],
        )


#: Has a page count the clicks of a person.
COUNTS_CLICKS = (
    "globalThis.clicks = 0; addEventListener('click', (event) => (clicks += event.isTrusted), true);"
)
#: A site's word in its language and the reader's, of which they read the one that their page has.
_IN_BOTH = re.compile("[^“”（）]+（([^“”（）]*)）(?=”)")


class Reader(Seller):
    """Somebody at a page that counts clicks, who knows what they have read."""

    def __init__(self, seller: Seller) -> None:
        super().__init__(seller.page, seller.desk, seller.language)
        self.read: list[str] = []

    def reads(self, where: str = "main") -> None:
        """Note the text of the screen that is there now, all of it, with the words in its pictures."""
        text = self.page.evaluate(
            """(where) => {
              // The key's engraving and the example of a code are no words to read.
              const marks = [...document.querySelectorAll("svg .engraved, svg .digit")];
              for (const mark of marks) mark.style.display = "none";
              const { innerText } = document.querySelector(where);
              for (const mark of marks) mark.style.display = "";
              return innerText;
            }""",
            where,
        )
        self.read.append(_IN_BOTH.sub(r"\1", text))

    def check(self, most_words: int, most_clicks: int, clicks: int = 0) -> None:
        """Check that they have read and clicked no more. `clicks` were made outside of the page."""
        counted = [self._words(text) for text in self.read]
        clicks += self.page.evaluate("clicks")
        print(self.language, clicks, "clicks,", sum(counted), "words:", counted)
        assert sum(counted) <= most_words, self.read
        assert clicks <= most_clicks

    def _words(self, text: str) -> int:
        # A hyphen joins two words, and a dot the parts of an address.
        joined = re.sub(r"(?<=\w)[-.](?=\w)", "", text)
        counted: int = self.page.evaluate(
            """([text, language]) =>
              [...new Intl.Segmenter(language, { granularity: "word" }).segment(text)]
                .filter(({ isWordLike }) => isWordLike).length""",
            [joined, self.language],
        )
        return counted


class Listener:
    """Someone who uses the keyboard only, and hears the role and the name of what has the focus."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._keyboard = page.keyboard
        self.heard: list[str] = []

    def hears(self) -> str:
        """Note what has the focus, in the words of the accessibility tree. Return its first line."""
        said = self._page.locator(":focus, body:not(:has(:focus))").aria_snapshot().splitlines()[0]
        said = said.removeprefix("- ").removesuffix(":")
        self.heard.append(said)
        return said

    def goes_to(self, name: str) -> None:
        """Press Tab until that name is heard."""
        for _ in range(40):
            self._keyboard.press("Tab")
            said = self.hears()
            if f'"{name}"' in said or said == f"text: {name}":
                return
        raise AssertionError(f"Tab does not lead to {name}: {self.heard}")

    def types(self, text: str) -> None:
        self._keyboard.type(text)

    def enters(self) -> None:
        self._keyboard.press("Enter")
