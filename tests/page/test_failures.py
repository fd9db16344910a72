"""Every failure between page and key has its own message, and the check of a faulty key the remedies."""

from __future__ import annotations

import json
import os
import threading
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.link.scripted import BEGUN
from tests.page.browsers import STRANGER, Bus, Device, PageDesk
from tests.page.conftest import AtPage, Serve
from tests.page.seller import Seller
from tests.support.records import tag
from totpkey.install.drive import drive_files, drive_folder
from totpkey.link.transport import SerialTransport
from totpkey.web import page_file
from totpkey.web.keys import RealKeys
from totpkey.web.server import PageServer
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat, layout
from totpkey_volume.circuitpython import DRIVE_START


@pytest.mark.slow
def test_nobody_presses_and_it_is_unplugged_in_the_middle_and_plugged_in_again(seller: Seller) -> None:
    seller.has_an_account()
    seller.is_asked_to_remove("shop")
    seller.desk.let_it_wait()
    seller.is_told("errors.press_timeout")
    expect(seller.page.locator("dialog")).to_have_count(0)
    seller.removes()
    seller.is_asked()
    seller.desk.unplug()
    seller.is_told("problems.unplugged")
    seller.is_at("connect.title")
    expect(seller.page.locator("dialog")).to_have_count(0)
    seller.desk.plug_in()
    seller.desk.hold_for_setup()
    seller.is_at("home.title")
    assert len(seller.accounts()) == 1


@pytest.mark.slow
def test_a_key_that_is_there_again_is_where_it_was(seller: Seller) -> None:
    """The place and the account's name are kept, with the way back; the setup key is not."""
    seller.is_ready()
    seller.presses("home.enroll")
    seller.picks_site()
    seller.enters("add.setup_key", "JBSW Y3DP EHPK 3PXP")
    seller.enters("add.sign_in", "seller@example.com")
    seller.desk.unplug()
    seller.is_told("problems.unplugged")
    seller.desk.plug_in()
    seller.desk.hold_for_setup()
    seller.field("add.sign_in").wait_for()
    assert seller.field("add.sign_in").input_value() == "seller@example.com"
    assert seller.field("add.setup_key").input_value() == ""
    seller.page.go_back()
    seller.is_at("enroll.title")
    seller.goes_home()


@pytest.mark.slow
def test_a_port_that_another_program_has(at_page: AtPage, desk: PageDesk, bus: Bus) -> None:
    # The key is there before the bus tells of it, so that another program can be the first.
    holder = SerialTransport(str(desk.bridge.path))
    seller = at_page(desk)
    seller.is_at("connect.title")
    device = Device(os.path.realpath(desk.bridge.path), 0x239A, 0x810A, "totpkey", "1")
    bus.plug(device)
    seller.is_told("problems.busy")
    seller.page.reload()
    # A browser may still have the port of the page that it loads again: no message tells of that.
    expect(seller.page.locator("p.away[role=status]")).to_have_text(seller.text("connect.opening"))
    holder.close()
    seller.is_at("setup.title")


class Imposter:
    """Something on a port that answers as it is told to, or not at all. It proves its answer to `session`."""

    def __init__(self, answer: dict[str, object] | None) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        self._answer = answer
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        pending = b""
        while True:
            try:
                pending += os.read(self._ours, 1000)
            except OSError:
                return
            *lines, pending = pending.split(b"\n")
            for line in lines:
                if self._answer and line:
                    request = json.loads(line)
                    reply = json.dumps({"id": request["id"], "ok": self._answer}).encode()
                    proof = tag(bytes.fromhex(request["key"]), reply) if "key" in request else b""
                    os.write(self._ours, reply + proof + b"\n")

    def close(self) -> None:
        os.close(self._theirs)
        os.close(self._ours)


@pytest.fixture
def imposter(request: pytest.FixtureRequest, bus: Bus) -> Iterator[Imposter]:
    imposter = Imposter(getattr(request, "param", None))
    yield imposter
    bus.clear()
    imposter.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("imposter", "problem", "values"),
    [
        (None, "wrong_port", {}),
        ({"protocol": 1}, "old_key", {"theirs": 1, "ours": 2}),
        ({"protocol": 9}, "new_key", {"theirs": 9, "ours": 2}),
        ({"protocol": 2, "key": "<img src=x onerror=alert(1)>"}, "bad_reply", {"command": "session"}),
        (BEGUN | {"board": "a\ud800"}, "bad_reply", {"command": "session"}),
        (BEGUN | {"board": "a\u200bb"}, "bad_reply", {"command": "session"}),
    ],
    indirect=["imposter"],
)
def test_what_is_no_key_or_another_s(
    imposter: Imposter, problem: str, values: dict[str, object], bus: Bus, seller: Seller
) -> None:
    seller.is_at("connect.title")
    bus.plug(Device(imposter.path, 0x239A, 0x810A, "Something", "1"))
    seller.is_told(f"problems.{problem}", **values)


@pytest.mark.slow
def test_a_port_of_no_board_of_ours_is_left_alone(
    imposter: Imposter, bus: Bus, at_page: AtPage, usb_desk: PageDesk
) -> None:
    bus.plug(Device(imposter.path, STRANGER, 0x0043, "Weather station", "1"))
    seller = at_page(usb_desk)
    seller.is_at("connect.title")
    seller.page.wait_for_function("navigator.serial.getPorts().then((ports) => ports.length === 1)")
    assert seller.page.get_by_role("alert").inner_text() == ""


@pytest.mark.slow
def test_a_chooser_that_was_cancelled(at_page: AtPage, usb_desk: PageDesk) -> None:
    # Without a window a browser shows no list: it is closed as a person would close it.
    script = "navigator.serial.requestPort = async () => { throw new DOMException('', 'NotFoundError'); }"
    seller = at_page(usb_desk, script=script)
    seller.presses("connect.button")
    seller.is_told("problems.cancelled")
    seller.page.locator("summary", has_text=seller.text("connect.trouble")).click()
    seller.presses("connect.all")
    seller.is_told("problems.cancelled")


@pytest.mark.slow
def test_a_browser_without_web_serial(browser: Browser, at_page: AtPage, desk: PageDesk) -> None:
    seller = at_page(desk, browser=browser, script="delete Navigator.prototype.serial")
    seller.is_told("problems.no_serial")
    # There is no button that would show the browser's list.
    expect(seller.button("connect.button")).to_have_count(0)


@pytest.mark.slow
def test_an_insecure_address(at_page: AtPage, desk: PageDesk) -> None:
    seller = at_page(desk)
    seller.page.route(
        "http://set-up.example/", lambda route: route.fulfill(path=page_file(), content_type="text/html")
    )
    seller.page.goto("http://set-up.example/")
    seller.is_told("problems.insecure")


@pytest.mark.slow
def test_a_bridge_of_an_earlier_run(
    browser: Browser, at_page: AtPage, desk: PageDesk, server: PageServer
) -> None:
    address = f"{page_file().as_uri()}#token={'A' * 43}&port={server.admission.port}"
    at_page(desk, address, browser=browser).is_told("problems.bridge_refused")


@pytest.mark.slow
def test_a_bridge_that_another_tab_has(at_page: AtPage, desk: PageDesk, server: PageServer) -> None:
    first = at_page(desk, server.address)
    first.is_at("setup.title")
    second = at_page(desk, f"{page_file().as_uri()}{server.admission.fragment}")
    second.is_told("problems.bridge_taken")


@pytest.mark.slow
def test_a_served_page_gets_no_permission_that_outlives_its_server(
    browser: Browser, at_page: AtPage, desk: PageDesk, server: PageServer
) -> None:
    """Whatever listens at its port next would have it. With and without the token, and after the end."""
    with_token = at_page(desk, server.address, browser=browser)
    with_token.is_at("setup.title")
    without = at_page(desk, server.address.partition("#")[0], browser=browser)
    without.is_told("problems.bridge_refused")
    server.__exit__(None, None, None)
    with_token.is_told("problems.bridge_ended")
    for seller in (with_token, without):
        expect(seller.button("connect.button")).to_have_count(0)
        expect(seller.button("connect.all")).to_have_count(0)
    if browser.browser_type.name == "chromium":
        ask = "navigator.serial.getPorts().then(() => 'allowed', (error) => error.name)"
        assert without.page.evaluate(ask) == "SecurityError"


@pytest.mark.slow
def test_a_bridge_without_a_key(at_page: AtPage, desk: PageDesk, serve: Serve) -> None:
    seller = at_page(desk, serve(RealKeys(find_ports=list)).address)
    seller.sees("connect.none")
    expect(seller.button("connect.button")).to_have_count(0)


BOARD = "raspberry_pi_pico"
MB = 1 << 20

Plug = Callable[[SimulatedKey], Seller]


@pytest.fixture
def plug(at_page: AtPage, bus: Bus, tmp_path: Path) -> Iterator[Plug]:
    """Puts that key, made ready and with its clock as it was, before somebody at the page."""
    with ExitStack() as stack:

        def at_home(key: SimulatedKey) -> Seller:
            desk = stack.enter_context(PageDesk(tmp_path / "port", bus, key=key))
            with desk.client() as client:
                client.init()
            seller = at_page(desk)
            seller.is_at("home.title")
            return seller

        yield at_home


def checks(seller: Seller, name: str, grade: str) -> Locator:
    """Have the key looked at; what is said of one subject."""
    seller.goes_to("check")
    subject = seller.page.get_by_text(seller.text(f"check.{name}"), exact=True)
    row = seller.page.locator(".findings li").filter(has=subject)
    expect(row.locator(".grade")).to_have_text(seller.text(f"check.grade_{grade}"))
    return row


def test_a_battery_that_the_chip_does_not_use_has_its_remedy(plug: Plug) -> None:
    """As a PCF8523 comes from its maker; that it works, tests/clock/test_clock_chips.py shows."""
    seller = plug(SimulatedKey(drive_folder(), unix_time=time.time(), clock=PCF8523))
    row = checks(seller, "battery", "bad")
    expect(row).to_contain_text(seller.text("check.battery_off"))
    expect(row).to_contain_text(seller.text("check.battery_use"))


def test_a_healthy_key_shows_no_warning(seller: Seller) -> None:
    """Neither for what the key cannot tell about itself, nor for having no lock."""
    seller.is_ready()
    checks(seller, "lock", "note")
    grades = set(seller.page.locator(".findings .grade").all_inner_texts())
    assert grades <= {seller.text("check.grade_good"), seller.text("check.grade_note")}


def worn(build: Callable[[Mapping[str, bytes]], object], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files` as an older version that says so, with one more that leaves 2 KB of the drive of `build`."""
    older = dict(files)
    del older["lib/totpkey_protocol/version.mpy"]
    own = older["source/totpkey_protocol/version.py"]
    older["lib/totpkey_protocol/version.py"] = own.replace(b'__version__ = "', b'__version__ = "0.')
    size = 0
    for step in (1 << bit for bit in reversed(range(12))):
        try:
            build({**older, "photo.raw": bytes((size + step) << 10)})
        except fat.VolumeFull:
            continue
        size += step
    return {**older, "photo.raw": bytes((size - 2) << 10)}


def copied(folder: Path) -> SimulatedKey:
    drive = BOARDS[BOARD].flash * MB - DRIVE_START
    files = fat.folder(drive_folder())
    files = worn(lambda files: fat.build(layout.on_a_key(files), drive), files)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return SimulatedKey(folder, BOARD, unix_time=time.time())


def of_an_image(_: Path) -> SimulatedKey:
    key = SimulatedKey(drive_folder(), BOARD, unix_time=time.time())
    files = worn(lambda files: layout.volume(files, BOARD), drive_files())
    key.flash = b"\xff" * DRIVE_START + layout.volume(files, BOARD)
    return key


@pytest.mark.parametrize(
    ("made", "again", "update"),
    [(copied, "copy_again", "copy_again"), (of_an_image, "install_again", "firmware_update")],
    ids=["copied", "image"],
)
def test_what_is_installed_anew_comes_by_a_way_that_the_key_takes_or_says_what_is_lost(
    made: Callable[[Path], SimulatedKey], again: str, update: str, plug: Plug, tmp_path: Path
) -> None:
    seller = plug(made(tmp_path / "drive"))
    expect(checks(seller, "drive", "bad")).to_contain_text(seller.text(f"check.{again}"))
    seller.goes_back()
    row = checks(seller, "firmware", "odd")
    expect(row).to_contain_text(seller.text("check.older"))
    expect(row.locator(".hint")).to_have_text(seller.text(f"check.{update}"))
