"""An account goes to a colleague's key by a card and a file: what both do, and all that is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Download, expect

from tests.lending.envelope import Borrower, Letter, record, seal
from tests.page.browsers import PageDesk
from tests.page.conftest import AtPage, Serve
from tests.page.seller import COUNTS_CLICKS, PASSPHRASE, SECRET, Listener, Reader, as_file
from tests.support import consent
from tests.support.cases import slow
from totpkey import lending
from totpkey.accounts.ends import End, unpack
from totpkey.backups import backup_file
from totpkey.link.replies import Card


class Person(Reader):
    """Somebody in an office, where several keys may ask for gestures."""

    def consents(self, why: str = "", /, **values: object) -> None:
        """Read why the key asks, and make the gesture that this page shows."""
        self.sees(why, **values)
        self.read.append(self.text(why, **values))
        gesture = "".join(re.findall(r"\d", self.page.locator("dialog.touch h2").inner_text()))
        self.desk.until_asked()
        with self.desk.bridge.lock:
            consent.announced(self.desk.key)
            consent.make(self.desk.key, gesture)
            self.desk.key.run(consent.BETWEEN)

    def lends_to(self, name: str) -> Download:
        """Lend, with a touch, and return the file that the page saves by itself."""
        with self.page.expect_download() as download:
            self.presses("lend.button")
            self.consents("touch.lend", name="Amazon:shop")
        self.is_at("lend.send", to=name)
        return download.value


class Office:
    """Seats for people. Each has a computer, a new key in it, and the page."""

    def __init__(self, stack: ExitStack, at_page: AtPage, serve: Serve, folder: Path) -> None:
        self._stack = stack
        self._at_page = at_page
        self._serve = serve
        self._folder = folder
        self._count = 0

    def seat(self, language: str = "en") -> Person:
        """Return somebody with a new key, whose page has found it."""
        self._count += 1
        place = self._folder / f"port-{self._count}"
        desk = self._stack.enter_context(PageDesk(place, uid=bytes([self._count] * 8)))
        address = self._serve(desk.keys).address
        person = Person(self._at_page(desk, address, language=language, script=COUNTS_CLICKS))
        desk.plug_in()
        return person


#: The most words of each flow, from the account to the file, and from no card to the account.
MOST_WORDS = 100
MOST_CLICKS = 8
NAMES = {"en": ("Anna", "Berlin"), "zh": ("安娜", "老板")}
FIVE = End(codes=5).pack()


@pytest.fixture
def office(at_page: AtPage, serve: Serve, tmp_path: Path) -> Iterator[Office]:
    with ExitStack() as stack:
        yield Office(stack, at_page, serve, tmp_path)


@pytest.mark.parametrize("language", ["en", slow("zh")])
def test_from_the_owner_to_a_colleague_and_back_to_nobody(
    language: str, office: Office, tmp_path: Path
) -> None:
    """Each reads at most 100 words: the owner on three screens, the colleague on two and of the result."""
    owner, anna = office.seat(language), office.seat(language)
    name, lender = NAMES[language]
    owner.has_an_account()
    anna.sets_up()
    anna.presses("home.borrow")
    anna.is_at("home.borrow")
    anna.reads()
    anna.makes_a_card(name)
    anna.reads()
    card = anna.saves()
    assert card.suggested_filename == f"totpkey-card-{name}.txt"
    read = lending.read_card(card.path().read_text(encoding="utf-8"))
    assert read.name == name

    owner.lends("shop")
    owner.reads()
    if language == "en":
        owner.carries_files("drop", as_file(card.path().read_bytes(), "card.txt", "text/plain"))
    else:
        picture = anna.page.locator(".qr").screenshot()
        owner.carries_files("paste", as_file(picture))
    owner.is_at("lend.title", to=name)
    compared = [person.page.locator(".compared").inner_text() for person in (owner, anna)]
    assert compared == [lending.fingerprint(read)] * 2
    owner.enters("borrow.name", lender)
    owner.reads()
    file = owner.lends_to(name)
    owner.reads()
    assert file.suggested_filename == f"totpkey-lend-{name}.txt"

    if language == "en":
        with anna.page.expect_file_chooser() as chooser:
            anna.presses("sent.file")
        # Mail may have given it another name, and no type.
        chooser.value.set_files({"name": "staff.lend", "mimeType": "", "buffer": file.path().read_bytes()})
    else:
        anna.pastes(file.path().read_text(encoding="utf-8"))
    anna.consents("touch.accept")
    anna.is_at("home.title")
    anna.reads(".notice.good")
    for person in (owner, anna):
        person.check(MOST_WORDS, MOST_CLICKS)
    the_list_says_who_lent_it(anna, lender)
    # It is in no backup.
    anna.backs_up()
    anna.sees("backup.made", count=0)
    anna.presses("backup.have")
    anna.presses("home.done")
    desk = anna.desk
    desk.until(lambda: not desk.bridge.path.exists() and desk.key.usb.enumeration is not None)
    anna.types_its_code(ahead=60)
    # With one that is in none, the key knows of the backup, too.
    anna.page.close()
    desk.replug_for_setup()
    with desk.client() as client:
        assert client.backup().time


def the_list_says_who_lent_it(anna: Person, lender: str) -> None:
    line = anna.page.locator(".accounts .lent")
    expect(line).to_contain_text(anna.text("account.lent_by", lender=lender))
    last = datetime.now() + timedelta(days=90)
    expect(line).to_contain_text(re.compile(f"{last.year}.*{last.day}|{last.day}.*{last.year}"))
    anna.opens("shop")
    anna.sees("account.unused")
    assert anna.button("account.rename").is_visible()
    assert not anna.button("account.lend").is_visible(), "what is borrowed is not lent on"


@dataclass
class Staff:
    """Somebody whose key has a card, and whoever seals for it."""

    person: Person
    card: Card

    def file(self, made_ago: int = 60, end: bytes = FIVE, card: bytes = b"") -> str:
        """A file that a lender's key sealed so long ago, by another library."""
        made = round(self.person.desk.key.true_time) - made_ago
        letter = Letter(made, end, "Berlin", record(SECRET, "shop", "Amazon"))
        sealed = seal(card or self.card.public, letter.pack())
        return lending.write_file(lending.File(self.card.public, sealed))

    def tries(self, text: str) -> None:
        self.person.enters("borrow.file", text)
        self.person.presses("borrow.button")

    def is_refused(self, text: str, problem: str, *, asked: bool) -> None:
        """The page says so, before a touch or after it, and what was entered is still there."""
        self.tries(text)
        if asked:
            self.person.consents("touch.accept")
        self.person.is_told(problem)
        assert self.person.page.locator("dialog.touch").count() == 0
        assert self.person.field("borrow.file").input_value() == text


@pytest.fixture
def staff(office: Office) -> Staff:
    """A colleague with a new key, which the page makes ready on the way to a card."""
    person = office.seat()
    person.is_at("setup.title")
    person.presses("setup.more")
    person.presses("setup.borrow")
    person.is_at("home.borrow")
    person.presses("borrow.make")
    person.is_told("problems.lend_nameless")
    person.makes_a_card("Anna")
    return Staff(person, lending.read_card(person.saves().path().read_text(encoding="utf-8")))


@pytest.mark.slow
def test_each_refusal_says_what_it_is(staff: Staff) -> None:
    person = staff.person
    other = lending.write_file(lending.File(Borrower().public, bytes(200)))
    good, older = staff.file(60), staff.file(120)
    for text, problem in (
        ("hello", "file_none"),
        (lending.write_card(staff.card), "file_is_card"),
        (good.replace(":1:", ":2:"), "file_version"),
        (good[:-3], "file_damaged"),
        (other, "file_other"),
    ):
        staff.is_refused(text, f"problems.{problem}", asked=False)
    staff.is_refused(staff.file(card=Borrower().public), "errors.bad_value.sealed", asked=True)
    past = End(until=round(person.desk.key.true_time) - 5).pack()
    staff.is_refused(staff.file(end=past), "errors.end_reached.sealed", asked=True)
    staff.tries(good)
    person.consents("touch.accept")
    person.is_at("home.title")
    person.presses("home.borrow")
    staff.is_refused(good, "errors.file_used", asked=True)
    staff.is_refused(older, "errors.file_used.account", asked=True)
    # A newer one renews the end.
    staff.tries(staff.file(10, End(codes=7).pack()))
    person.consents("touch.accept")
    person.is_at("home.title")
    expect(person.page.locator(".accounts .lent")).to_have_text("lent by Berlin, 7 codes left")


@pytest.mark.slow
def test_a_new_card_asks_first_and_old_files_open_no_more(staff: Staff) -> None:
    person, file = staff.person, staff.file()
    person.presses("borrow.anew")
    person.agrees("keep")
    person.sees("borrow.first", name="Anna")
    person.presses("borrow.anew")
    person.agrees("borrow.anew")
    person.makes_a_card("Anna B.")
    staff.is_refused(file, "problems.file_other", asked=False)


@pytest.mark.slow
def test_the_owner_sets_the_end_and_is_told_what_is_wrong(office: Office) -> None:
    owner = office.seat()
    owner.has_an_account()
    borrower = Borrower()
    card = lending.write_card(Card("Anna", borrower.public))
    owner.lends("shop")
    for text, problem in (
        ("hello", "card_none"),
        (lending.write_file(lending.File(bytes(32), bytes(200))), "card_is_file"),
        (card.replace(":1:", ":2:"), "card_version"),
        (card.replace("Anna", "Bella"), "card_damaged"),
    ):
        owner.enters("lend.card", text)
        owner.presses("next")
        owner.is_told(f"problems.{problem}")
        expect(owner.field("lend.card")).to_be_focused()
    owner.carries_files("drop", as_file(b"x" * 20000, "film.txt", "text/plain"))
    owner.is_told("problems.sent_large")
    owner.enters("lend.card", card)
    owner.presses("next")
    owner.is_at("lend.title", to="Anna")
    owner.sees("lend.compare", to="Anna")

    def is_refused(problem: str, field: str, **values: object) -> None:
        owner.presses("lend.button")
        owner.is_told(f"problems.{problem}", **values)
        expect(owner.field(field)).to_be_focused()

    owner.page.get_by_text(owner.text("lend.more")).click()
    owner.enters("lend.day", "2026-01-01")
    is_refused("lend_day", "lend.day")
    owner.enters("lend.day", "")
    is_refused("lend_endless", "lend.day")
    owner.enters("lend.codes", "none")
    is_refused("lend_codes", "lend.codes", most=9999)
    owner.enters("lend.codes", "25")
    owner.enters("lend.from", "09:00")
    # The fold that a wrong field is in opens.
    owner.page.get_by_text(owner.text("lend.more")).click()
    is_refused("lend_hours", "lend.from")
    owner.enters("lend.to", "18:30")
    is_refused("lend_nameless", "borrow.name")
    owner.enters("borrow.name", "Berlin")
    file = owner.lends_to("Anna")
    sealed = lending.read_file(file.path().read_text(encoding="utf-8"))
    letter = borrower.open(sealed.sealed)
    offset = datetime.now().astimezone().utcoffset()
    zone = int(offset.total_seconds()) // 60 if offset else 0
    assert unpack(letter.end.hex()) == End(0, 25, 540, 1110, zone)
    assert (letter.lender, letter.secret) == ("Berlin", SECRET)
    # For the next colleague all but the card is there.
    owner.presses("lend.another")
    owner.enters("lend.card", lending.write_card(Card("Ben", borrower.public)))
    owner.presses("next")
    owner.is_at("lend.title", to="Ben")
    assert owner.field("borrow.name").input_value() == "Berlin"
    assert owner.field("lend.codes").input_value() == "25"
    assert owner.field("lend.codes").is_visible()


@pytest.mark.slow
def test_the_owner_sees_who_could_sign_in_and_notes_what_was_taken_back(office: Office) -> None:
    owner, card = office.seat(), lending.write_card(Borrower().card)
    owner.has_an_account()
    loans = owner.page.locator("section.sheet li")
    for renewed in range(2):
        owner.lends("shop")
        expect(loans).to_have_count(renewed)
        owner.enters("lend.card", card)
        owner.presses("next")
        owner.enters("borrow.name", "Berlin")
        owner.lends_to("Anna")
        owner.presses("enroll.finished")
    made = owner.backs_up("code 1").path().read_bytes()
    owner.presses("backup.have")
    opened = backup_file.unseal(backup_file.read(made), PASSPHRASE)
    first, _, title, *lines = opened.notes.splitlines()
    assert (first, title, len(lines)) == ("code 1", owner.text("loans.title"), 2)
    assert all(line.startswith("Amazon:shop to Anna: ") for line in lines)
    owner.lends("shop")
    expect(loans).to_have_count(2)
    expect(loans.first).to_contain_text("renewed later")
    for day, expected in (
        ("2026-01-01", owner.text("loans.nobody")),
        (f"{datetime.now():%Y-%m-%d}", "to Anna: "),
    ):
        owner.enters("loans.day", day)
        expect(loans.first).to_contain_text(expected)
    owner.presses("loans.note")
    owner.consents("touch.loan_back")
    owner.sees("loans.noted")
    owner.lends("shop")
    expect(loans.last).to_contain_text("taken back")
    assert not owner.button("loans.note").is_visible()


@pytest.mark.slow
def test_a_keyboard_is_enough(staff: Staff) -> None:
    """The colleague copies the card, and opens a file; the owner, here with the same key, lends."""
    person = staff.person
    listener, keyboard = Listener(person.page), person.page.keyboard
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    listener.goes_to(person.text("sent.copy"))
    listener.enters()
    person.sees("sent.copied")
    assert person.page.evaluate("navigator.clipboard.readText()") == lending.write_card(staff.card)
    listener.goes_to(person.text("borrow.file"))
    keyboard.insert_text(staff.file())
    listener.enters()
    person.consents("touch.accept")
    person.is_at("home.title")
    assert person.page.evaluate("document.activeElement.tagName") == "H1"
    person.adds("JBSW Y3DP EHPK 3PXP", "GitHub", "me")
    person.opens("GitHub")
    listener.goes_to(person.text("account.lend"))
    listener.enters()
    person.is_at("account.lend")
    listener.goes_to(person.text("lend.card"))
    keyboard.insert_text(lending.write_card(staff.card))
    listener.enters()
    person.is_at("lend.title", to="Anna")
    listener.goes_to(person.text("borrow.name"))
    keyboard.press("ControlOrMeta+a")
    keyboard.insert_text("Berlin")
    listener.goes_to(person.text("lend.more"))
    listener.enters()
    listener.goes_to(person.text("lend.codes"))
    keyboard.insert_text("3")
    listener.goes_to(person.text("lend.button"))
    with person.page.expect_download():
        listener.enters()
        person.consents("touch.lend", name="GitHub:me")
    person.is_at("lend.send", to="Anna")
    assert person.page.evaluate("document.activeElement.tagName") == "H1"
