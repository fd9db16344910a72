"""Every failure between page and key has its own message, with a remedy."""

from __future__ import annotations

import json
import os
import threading
import tty
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.link.scripted import BEGUN
from tests.page.conftest import AtPage, Serve
from tests.page.desk import PageDesk
from tests.page.seller import Seller
from tests.page.usb import STRANGER, Bus, Device
from tests.support.records import tag
from totpkey.link.transport import SerialTransport
from totpkey.web import page_file
from totpkey.web.keys import RealKeys
from totpkey.web.server import PageServer

pytestmark = pytest.mark.slow


@pytest.fixture
def removing(seller: Seller) -> Seller:
    """A seller whom the key waits for, to remove its only account."""
    seller.has_an_account()
    seller.opens("shop")
    seller.removes()
    seller.is_asked()
    return seller


def test_unplugged_in_the_middle_and_plugged_in_again(removing: Seller) -> None:
    removing.desk.unplug()
    removing.is_told("problems.unplugged")
    removing.is_at("connect.title")
    expect(removing.page.locator("dialog")).to_have_count(0)
    removing.desk.plug_in()
    removing.desk.hold_for_setup()
    removing.is_at("home.title")
    assert len(removing.accounts()) == 1


def test_nobody_presses(removing: Seller) -> None:
    removing.desk.let_it_wait()
    removing.is_told("errors.press_timeout")
    expect(removing.page.locator("dialog")).to_have_count(0)
    assert len(removing.accounts()) == 1


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


def test_a_port_that_another_program_has(at_page: AtPage, desk: PageDesk, bus: Bus) -> None:
    # The key is there before the bus tells of it, so that another program can be the first.
    holder = SerialTransport(str(desk.bridge.path))
    seller = at_page(desk)
    seller.is_at("connect.title")
    device = Device(os.path.realpath(desk.bridge.path), 0x239A, 0x810A, "totpkey", "1")
    bus.plug(device)
    seller.is_told("problems.busy")
    holder.close()
    bus.unplug(device)
    bus.plug(device)
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


def test_a_port_of_no_board_of_ours_is_left_alone(
    imposter: Imposter, bus: Bus, at_page: AtPage, usb_desk: PageDesk
) -> None:
    bus.plug(Device(imposter.path, STRANGER, 0x0043, "Weather station", "1"))
    seller = at_page(usb_desk)
    seller.is_at("connect.title")
    seller.page.wait_for_function("navigator.serial.getPorts().then((ports) => ports.length === 1)")
    assert seller.page.get_by_role("alert").inner_text() == ""


def test_a_chooser_that_was_cancelled(at_page: AtPage, usb_desk: PageDesk) -> None:
    # Without a window a browser shows no list: it is closed as a person would close it.
    script = "navigator.serial.requestPort = async () => { throw new DOMException('', 'NotFoundError'); }"
    seller = at_page(usb_desk, script=script)
    seller.presses("connect.button")
    seller.is_told("problems.cancelled")
    seller.page.locator("summary", has_text=seller.text("connect.trouble")).click()
    seller.presses("connect.all")
    seller.is_told("problems.cancelled")


def test_a_browser_without_web_serial(browser: Browser, at_page: AtPage, desk: PageDesk) -> None:
    seller = at_page(desk, browser=browser, script="delete Navigator.prototype.serial")
    seller.is_told("problems.no_serial")
    # There is no button that would show the browser's list.
    expect(seller.button("connect.button")).to_have_count(0)


def test_an_insecure_address(at_page: AtPage, desk: PageDesk) -> None:
    seller = at_page(desk)
    seller.page.route(
        "http://set-up.example/", lambda route: route.fulfill(path=page_file(), content_type="text/html")
    )
    seller.page.goto("http://set-up.example/")
    seller.is_told("problems.insecure")


def test_a_bridge_of_an_earlier_run(
    browser: Browser, at_page: AtPage, desk: PageDesk, server: PageServer
) -> None:
    address = f"{page_file().as_uri()}#token={'A' * 43}&port={server.admission.port}"
    at_page(desk, address, browser=browser).is_told("problems.bridge_refused")


def test_a_bridge_that_another_tab_has_and_one_that_ends(
    at_page: AtPage, desk: PageDesk, server: PageServer
) -> None:
    first = at_page(desk, server.address)
    first.is_at("setup.title")
    second = at_page(desk, f"{page_file().as_uri()}{server.admission.fragment}")
    second.is_told("problems.bridge_taken")
    server.__exit__(None, None, None)
    first.is_told("problems.bridge_ended")


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


def test_a_bridge_without_a_key(at_page: AtPage, desk: PageDesk, serve: Serve) -> None:
    seller = at_page(desk, serve(RealKeys(find_ports=list)).address)
    seller.sees("connect.none")
    expect(seller.button("connect.button")).to_have_count(0)
