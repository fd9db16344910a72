"""What the page asks of the key and of its owner's hands, and that the command asks for the same.

Of a new key with five accounts it is counted how often the owner has to touch it: docs/concepts/consent.md.
Nobody presses the button unless a line says so. If the page asked for a touch, the walk would end there. The
page shows the light of the present request.
Page and command are two faces of one flow: each task asks the key for the same, and ends in the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.data import TASKS
from tests.page.browsers import Bus, PageDesk
from tests.page.seller import PASSPHRASE, SHOWN, URI, Seller, picture
from tests.support.consent import announced, make, press, told
from tests.support.records import message
from tests.support.terminal import CommandDesk, MakeDesk, make_desk, world
from totpkey.cli import exits
from totpkey.clock import host_clock
from totpkey_firmware.panel.light import ASKING
from totpkey_protocol import commands, limits
from totpkey_protocol.consent import READS
from totpkey_protocol.fields import HEX, SEALED, SECRET
from totpkey_protocol.words import ACCESS, CHANGE, EVERYTHING, USE
from totpkey_virtual.traffic import Channel, Stream, watch_traffic

PIN = "31428"
#: Has the pitch of each tone noted in place of played.
_TONES = """() => {
  globalThis.tones = [];
  const tone = () => ({
    frequency: {},
    connect: (next) => next,
    stop: () => {},
    start() { tones.push(this.frequency.value); },
  });
  globalThis.AudioContext = class {
    currentTime = 0;
    createOscillator = tone;
    createGain = () => ({ gain: {}, connect: () => {} });
  };
}"""


def adds_five(seller: Seller) -> None:
    for number in range(5):
        # Each has a secret of its own; the page takes no account twice.
        seller.adds(SHOWN[:-1] + "ABCDE"[number], f"Shop {number}", "me@example.com")
    assert len(seller.accounts()) == 5
    assert seller.page.locator("dialog.touch").count() == 0


@pytest.mark.slow
def test_with_a_pin_they_take_one_hold(seller: Seller) -> None:
    seller.is_ready(PIN)
    adds_five(seller)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1366, 768), (360, 720)])
def test_hands_that_fail_are_told_wait_and_are_asked_again(size: tuple[int, int], seller: Seller) -> None:
    """Each press is said, and sounds. The second try is the page's own; nobody is called another program."""
    seller.page.set_viewport_size({"width": size[0], "height": size[1]})
    seller.is_ready()
    seller.page.clock.install()
    seller.page.evaluate(_TONES)
    seller.adds(SHOWN, "Amazon", "shop")
    seller.is_asked_to_remove("shop")
    first, second = (int(count) for count in told()[0])
    status = seller.page.locator("dialog.touch [role=status]")
    with seller.desk.bridge.lock:
        announced(seller.desk.key)
        press(seller.desk.key)
    expect(status).to_have_text(seller.text("touch.made", made=1, count=first))
    assert seller.page.evaluate("tones") == [660]
    seller.agrees("touch.sound_on")
    with seller.desk.bridge.lock:
        for _ in range(first - 1):
            press(seller.desk.key)
    expect(status).to_have_text(seller.text("touch.made_next", made=first, count=first, next=second))
    with seller.desk.bridge.lock:
        for _ in range(2):
            press(seller.desk.key)
    assert seller.page.evaluate("tones") == [660], "switched off"
    dialog = seller.page.get_by_role("dialog", name=seller.text("touch.failed"), exact=True)
    expect(dialog.get_by_role("heading")).to_be_focused()
    expect(dialog).to_contain_text(seller.text("touch.again_in", seconds=10))
    with seller.desk.bridge.lock:
        seller.desk.key.run(limits.CALM)
    seller.page.clock.fast_forward(1000 * limits.CALM)
    seller.consents()
    seller.sees("account.removed", name="Amazon:shop")


@pytest.mark.slow
def test_who_has_enough_of_it_cancels_and_the_end_is_in_view(seller: Seller) -> None:
    seller.is_ready()
    adds_five(seller)
    seller.opens("Shop 0")
    seller.removes()
    seller.is_asked()
    with seller.desk.bridge.lock:
        announced(seller.desk.key)
        make(seller.desk.key, "".join(str(5 - int(count)) for count in told()[0]))
    seller.sees("touch.failed")
    seller.agrees("cancel")
    seller.is_told("problems.withdrawn")
    shown = seller.page.locator(".notice.bad")
    expect(shown).to_be_focused()
    expect(shown).to_be_in_viewport(ratio=1)
    expect(seller.page.locator(".notice.good")).to_have_count(0)


def asks_to(seller: Seller, consent: str) -> None:
    """Have the page ask for something of that class."""
    if consent in (USE, CHANGE):
        seller.adds(SHOWN, "Amazon", "shop")
        seller.adds(SHOWN, "Amazon", "office")
        seller.opens("shop")
        seller.presses("account.code" if consent == USE else "account.choose")
        return
    seller.presses("home.lock")
    if consent == EVERYTHING:
        seller.wipes()
        return
    seller.presses("lock.pin_add")
    seller.sets_lock(PIN)


@pytest.mark.slow
@pytest.mark.parametrize("consent", [USE, CHANGE, ACCESS, EVERYTHING])
def test_its_drawing_blinks_as_the_key_does(consent: str, seller: Seller) -> None:
    seller.page.emulate_media(reduced_motion="no-preference")
    seller.is_ready()
    asks_to(seller, consent)
    seller.sees("touch.light", light=seller.text(f"touch.light_{consent}"))
    shown = seller.page.evaluate(
        """[...document.querySelectorAll("dialog.touch .asks")].map((part) => {
             const [{ effect }] = part.getAnimations();
             const { duration, iterations } = effect.getTiming();
             const frames = effect.getKeyframes();
             return {
               duration,
               endless: iterations === Infinity,
               frames: frames.map(({ offset, fillOpacity }) => [offset * duration, fillOpacity]),
             };
           })"""
    )
    assert len(shown) == 2, "the light, and how it shines"
    steps = ASKING[consent].steps
    begins = (0, *accumulate(steps))
    for part in shown:
        assert part["endless"]
        assert part["duration"] == sum(steps)
        # On and off by turns; the last frame is the first of the next round.
        frames = sorted(part["frames"])
        assert [at for at, _ in frames] == pytest.approx(begins, abs=1)
        assert [lit for _, lit in frames] == ["1", "0"] * (len(steps) // 2) + ["1"]
    seller.agrees("cancel")
    expect(seller.page.locator("dialog")).to_have_count(0)


__all__ = ["make_desk", "world"]

LENT = ("--codes", "5", "--from", "another shop", "--force")
#: Fields whose values are random, or of a moment.
_OWN = {"account", "time", "proof", "start"}


class Keys:
    """What keys were asked for while a task was done: to do something, and for a gesture."""

    def __init__(self) -> None:
        self._rests: dict[int, bytes] = {}
        self.asked: list[dict[str, Any]] = []
        self.gestures = 0
        self.words: list[str] = []
        #: What a key has told last of its accounts, its state, its locks, and how far off its clock may be.
        self.listed: list[str] = []
        self.ends: dict[str, object] = {}
        #: What the task brought.
        self.came: object = None

    def hear(self, stream: Stream, data: bytes) -> None:
        *lines, rest = (self._rests.get(stream.number, b"") + data).split(b"\n")
        self._rests[stream.number] = rest
        for line in filter(None, lines):
            if stream.channel == Channel.FROM_KEY and b'"notice":"touch"' in line:
                self.gestures += 1
            elif stream.channel == Channel.FROM_KEY and b'"ok":' in line:
                self._look(message(line)["ok"])
            elif stream.channel == Channel.TO_KEY:
                self._note(message(line))

    def _look(self, told: dict[str, Any]) -> None:
        if told.get("state") == "blank":
            self.ends.clear()
        self.ends |= {name: told[name] for name in ("state", "pin", "passphrase") if name in told}
        if "off" in told:
            # In half seconds: it grows as time passes.
            self.ends["off"] = round(told["off"] / 500)
        if isinstance(accounts := told.get("accounts"), list):
            shown = [f"{one['issuer']}:{one['label']} {one['recipe']}".strip() for one in accounts]
            self.listed = [*(self.listed if told["next"] > len(shown) else []), *shown]
            self.ends["listed"] = self.listed
            self.ends["chosen"] = self.listed[told["chosen"]] if told["chosen"] < len(self.listed) else ""

    def _note(self, request: dict[str, Any]) -> None:
        command = commands.find(request["command"])
        assert command
        looks = command.name == "time" and self.asked and self.asked[-1]["command"] == "set_time"
        if looks or command.name not in READS:
            hidden = {field.name for field in command.takes if field.kind in (HEX, SEALED, SECRET)}
            hidden |= _OWN | {"id"}
            self.asked.append({name: value for name, value in request.items() if name not in hidden})

    def names(self) -> list[str]:
        """The requests, each once, and the look at the clock after it was set."""
        return list(dict.fromkeys(one["command"] for one in self.asked))

    def within(self) -> set[int]:
        """How far off the computer's clock is said to be, in ms."""
        return {one["within"] for one in self.asked if "within" in one}

    def settings(self) -> list[dict[str, Any]]:
        """All requests with their fields, but for the clock, which a busy computer sets more than once."""
        return [one for one in self.asked if one["command"] not in ("set_time", "time")]


class ByPage(Seller):
    """The owner at the page."""

    def __init__(self, seller: Seller, second: PageDesk, folder: Path) -> None:
        super().__init__(seller.page, seller.desk)
        self.second, self.folder = second, folder
        #: What each gesture was for, in the words of the page.
        self.words: list[str] = []

    def is_asked(self, why: str = "", /, **values: object) -> None:
        super().is_asked(why, **values)
        read = self.page.locator("dialog.touch > p[id]:not([role])").inner_text()
        self.words.append(read.removeprefix(self.text("touch.second") + " "))

    def first_code(self) -> None:
        self.desk.plug_in()
        self.is_at("setup.title")
        self.picks_site()
        self.shows(URI)
        self.says_it_worked()

    def add(self) -> None:
        self.adds(SHOWN, "GitHub", "me")

    def choose(self) -> None:
        self.opens("Amazon")
        self.presses("account.choose")
        self.consents()
        expect(self.page.locator(".accounts li").first).to_contain_text(self.text("account.is_chosen"))

    def set_the_clock(self) -> None:
        self.presses("home.clock")
        self.presses("clock.set")
        expect(self.page.locator(".notice.good")).to_be_visible()
        self._home()

    def lend(self, card: str) -> None:
        self.lends("GitHub")
        self.pastes(card)
        self.enters("borrow.name", "the shop")
        self.enters("lend.day", "2027-03-01")
        self.presses("lend.button")
        self.consents()
        self.is_at("lend.send", to="Anna")
        self.presses("enroll.finished")
        self.is_at("home.title")

    def make_a_card(self) -> str:
        self.presses("home.borrow")
        self.makes_a_card("Ben")
        return self.saves().path().read_text(encoding="utf-8")

    def borrow(self, file: str) -> None:
        self.pastes(file)
        self.consents()
        self.is_at("home.title")

    def back_up(self) -> None:
        self.backs_up().save_as(self.folder / "page.backup")
        self.presses("backup.have")
        self.is_at("home.title")

    def lock(self) -> None:
        self.presses("home.lock")
        self.presses("lock.pin_add")
        self.sets_lock(PIN)
        self.consents()
        expect(self.page.locator(".notice.good").first).to_be_visible()
        self._home()

    def spare(self) -> None:
        other = ByPage(Seller(self.page, self.second), self.second, self.folder)
        self.presses("home.copy")
        self.second.plug_in()
        self.presses("copy.connect")
        self.presses("copy.button", count=2)
        self.consents()
        other.consents("touch.batch", count=2)
        self.words += other.words
        self.sees("copy.done", count=2)
        self._home()

    def wipe(self) -> None:
        self.presses("home.lock")
        self.wipes()
        self.consents()
        self.is_at("setup.title")

    def make_ready(self) -> None:
        self.sets_up()
        self.is_at("home.title")

    def restore(self) -> None:
        self.presses("home.restore")
        self.field("restore.file").set_input_files(self.folder / "page.backup")
        self.enters("lock.passphrase_field", PASSPHRASE)
        self.presses("restore.open")
        # The notes say what was lent.
        self.presses("next")
        self.presses("many.save", count=2)
        self.consents()
        self.is_at("home.title")

    def end(self) -> None:
        self.goes_to("done")

    def _home(self) -> None:
        self.page.go_back()
        self.is_at("home.title")


class ByCommand:
    """The owner at a terminal."""

    def __init__(self, desk: CommandDesk, second: CommandDesk, folder: Path) -> None:
        self.desk, self.second, self.folder = desk, second, folder
        #: All that it said.
        self.words: list[str] = []

    def _runs(self, *arguments: str, stdin: str = "", gestures: int = 0) -> str:
        hands = [self.desk.agree] * gestures
        result = self.desk.run(*arguments, stdin=stdin, when_asked=hands).ended(exits.OK)
        self.words += result.err.splitlines()
        return result.out

    def first_code(self) -> None:
        (self.folder / "code.png").write_bytes(picture(URI))
        self._runs("enroll", "seller", "--qr", str(self.folder / "code.png"), stdin="y\n")

    def add(self) -> None:
        self._runs("add", "--stdin", "GitHub:me", stdin=SHOWN)

    def choose(self) -> None:
        self._runs("choose", "Amazon", gestures=1)

    def set_the_clock(self) -> None:
        self._runs("time", "sync")

    def lend(self, card: str) -> None:
        ends = ("--until", "2027-03-01", "--from", "the shop", "--force")
        self._runs("lend", "GitHub", "--to", card, *ends, gestures=1)

    def make_a_card(self) -> str:
        return self._runs("card", "--make", "--name", "Ben", gestures=1)

    def borrow(self, file: str) -> None:
        self._runs("accept", file.strip(), gestures=1)

    def back_up(self) -> None:
        path = str(self.folder / "command.backup")
        self._runs("backup", "--stdin", path, stdin=PASSPHRASE, gestures=1)

    def lock(self) -> None:
        self._runs("pin", "set", "--stdin", stdin=PIN, gestures=1)

    def spare(self) -> None:
        result = self.desk.run(
            "clone", "--force", self.second.port, when_asked=[self.desk.agree, self.second.agree]
        )
        assert result.code in (exits.OK, exits.PARTIAL), result.err
        self.words += result.err.splitlines()

    def wipe(self) -> None:
        self._runs("wipe", "--force", gestures=1)

    def make_ready(self) -> None:
        self._runs("init", "--lock", "device")

    def restore(self) -> None:
        path = str(self.folder / "command.backup")
        self._runs("restore", "--force", "--stdin", path, stdin=PASSPHRASE, gestures=1)

    def looks(self) -> None:
        """See what the page shows."""
        self._runs("list")
        self._runs("info")

    def end(self) -> None:
        self.looks()
        self._runs("done")


def day(face: ByPage | ByCommand, other: CommandDesk, card: str) -> Iterator[tuple[str, Keys]]:
    """Do all tasks one after the other, and yield what each asked. The key `other` is of another shop."""

    def does(task: str, do: Callable[..., object], *given: str) -> tuple[str, Keys]:
        keys = Keys()
        with watch_traffic(keys.hear):
            face.words = []
            keys.came = do(*given)
            asked, keys.words = [*keys.asked], face.words
            if isinstance(face, ByCommand) and task != "end":
                face.looks()
            keys.asked = asked
        return task, keys

    yield does("first code", face.first_code)
    yield does("add", face.add)
    # Later the key is ahead: it runs on while a person makes gestures.
    yield does("set the clock", face.set_the_clock)
    yield does("choose", face.choose)
    yield does("lend", face.lend, card)
    _, keys = made = does("make a card", face.make_a_card)
    yield made
    lent = other.run("lend", "till", "--to", str(keys.came).strip(), *LENT, when_asked=other.agree)
    assert lent.code == exits.OK, lent.err
    yield does("borrow", face.borrow, lent.out)
    yield does("back up", face.back_up)
    yield does("spare", face.spare)
    yield does("lock", face.lock)
    yield does("wipe", face.wipe)
    face.make_ready()
    yield does("restore", face.restore)
    yield does("end", face.end)


@pytest.mark.slow
def test_page_and_command_ask_the_key_for_the_same_and_end_in_the_same(
    seller: Seller, bus: Bus, make_desk: MakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As little as a browser knows.
    monkeypatch.setattr(host_clock, "status", lambda: host_clock.UNKNOWN)
    other, spare = make_desk(uid=b"other..."), make_desk(uid=b"spare...", clock_set=False)
    other.add("Shop:till")
    card = other.run("card", "--make", "--name", "Anna", when_asked=other.agree).out.strip()
    with PageDesk(tmp_path / "second", bus, uid=bytes(range(8, 16))) as second:
        by_page = dict(day(ByPage(seller, second, tmp_path), other, card))
    by_command = dict(day(ByCommand(make_desk(clock_set=False), spare, tmp_path), other, card))
    assert by_page.keys() == by_command.keys() == TASKS.keys()
    for task, plan in TASKS.items():
        faces = by_page[task], by_command[task]
        asked = plan["asked"] + plan.get("page_goes_on", []), plan["asked"]
        assert tuple(keys.names() for keys in faces) == asked, task
        assert [keys.gestures for keys in faces] == [plan["gestures"]] * 2, task
        assert faces[0].settings() == faces[1].settings(), task
        # Of a new key it sets the clock at once.
        if "page_goes_on" in plan:
            faces[0].ends.pop("off", None)
        else:
            assert faces[0].within() == faces[1].within(), task
            assert bool(faces[0].within()) == ("set_time" in plan["asked"]), task
        # The command says more than what a gesture is for.
        assert [words for words in faces[1].words if words in faces[0].words] == faces[0].words, task
        assert len(faces[0].words) == plan["gestures"], task
        # The page looks at what it shows: the accounts, but where it stays at a card, or a key has none.
        assert "listed" in faces[0].ends or task in ("make a card", "wipe")
        assert {name: faces[1].ends.get(name) for name in faces[0].ends} == faces[0].ends, task
