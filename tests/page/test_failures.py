"""Every failure between page and key has its own message, with a remedy."""

from __future__ import annotations

import json
import os
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.link.scripted import BEGUN
from tests.page.conftest import NewPage, Serve
from tests.page.desk import PageDesk
from tests.page.seller import Seller
from tests.page.usb import STRANGER, Bus, Device
from tests.support.records import tag
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.link.transport import SerialTransport
from totpkey.web import page_file
from totpkey.web.keys import RealKeys

pytestmark = pytest.mark.slow


def test_unplugged_in_the_middle_and_plugged_in_again(seller: Seller) -> None:
    seller.is_ready()
    seller.adds("JBSW Y3DP EHPK 3PXP", "GitHub", "me")
    seller.opens("me")
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
    seller.goes_back()
    seller.is_at("home.title")


def test_nobody_presses(seller: Seller) -> None:
    seller.is_ready()
    seller.adds("JBSW Y3DP EHPK 3PXP", "GitHub", "me")
    seller.opens("me")
    seller.removes()
    seller.is_asked()
    seller.desk.until_asked()
    seller.desk.let_it_wait()
    seller.is_told("errors.press_timeout")
    expect(seller.page.locator("dialog")).to_have_count(0)
    assert len(seller.accounts()) == 1


def test_a_port_that_another_program_has(
    chromium: Browser, new_page: NewPage, desk: PageDesk, bus: Bus
) -> None:
    # The key is there before the bus tells of it, so that another program can be the first.
    holder = SerialTransport(str(desk.bridge.path))
    seller = Seller(new_page(chromium), desk)
    seller.page.goto(page_file().as_uri())
    seller.is_at("connect.title")
    bus.plug(Device(os.path.realpath(desk.bridge.path), 0x239A, 0x810A, "totpkey", "1"))
    seller.is_told("problems.busy")
    holder.close()
    seller.page.reload()
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
def imposters(bus: Bus) -> Iterator[list[Imposter]]:
    made: list[Imposter] = []
    yield made
    bus.clear()
    for imposter in made:
        imposter.close()


@pytest.mark.parametrize(
    ("answer", "problem", "values"),
    [
        (None, "wrong_port", {}),
        ({"protocol": 1}, "old_key", {"theirs": 1, "ours": 2}),
        ({"protocol": 9}, "new_key", {"theirs": 9, "ours": 2}),
        ({"protocol": 2, "key": "<img src=x onerror=alert(1)>"}, "bad_reply", {"command": "session"}),
        (BEGUN | {"board": "a\ud800"}, "bad_reply", {"command": "session"}),
        (BEGUN | {"board": "a\u200bb"}, "bad_reply", {"command": "session"}),
    ],
)
def test_what_is_no_key_or_another_s(
    answer: dict[str, object] | None,
    problem: str,
    values: dict[str, object],
    chromium: Browser,
    new_page: NewPage,
    bus: Bus,
    imposters: list[Imposter],
    usb_desk: PageDesk,
) -> None:
    page = new_page(chromium)
    page.goto(page_file().as_uri())
    imposters.append(Imposter(answer))
    seller = Seller(page, usb_desk)
    seller.is_at("connect.title")
    bus.plug(Device(imposters[0].path, 0x239A, 0x810A, "Something", "1"))
    seller.is_told(f"problems.{problem}", **values)


def test_a_port_of_no_board_of_ours_is_left_alone(
    chromium: Browser, new_page: NewPage, bus: Bus, imposters: list[Imposter], usb_desk: PageDesk
) -> None:
    imposters.append(Imposter(None))
    bus.plug(Device(imposters[0].path, STRANGER, 0x0043, "Weather station", "1"))
    page = new_page(chromium)
    page.goto(page_file().as_uri())
    seller = Seller(page, usb_desk)
    seller.is_at("connect.title")
    page.wait_for_function("navigator.serial.getPorts().then((ports) => ports.length === 1)")
    assert page.get_by_role("alert").inner_text() == ""


def test_a_chooser_that_was_cancelled(chromium: Browser, new_page: NewPage, usb_desk: PageDesk) -> None:
    page = new_page(chromium)
    # Without a window a browser shows no list: it is closed as a person would close it.
    page.add_init_script(
        "navigator.serial.requestPort = async () => { throw new DOMException('', 'NotFoundError'); }"
    )
    page.goto(page_file().as_uri())
    seller = Seller(page, usb_desk)
    seller.button("connect.button").wait_for()
    seller.presses("connect.button")
    seller.is_told("problems.cancelled")
    page.locator("summary", has_text=seller.text("connect.trouble")).click()
    seller.presses("connect.all")
    seller.is_told("problems.cancelled")


def test_a_browser_without_web_serial(browser: Browser, new_page: NewPage, desk: PageDesk) -> None:
    page = new_page(browser)
    page.add_init_script("delete Navigator.prototype.serial")
    page.goto(page_file().as_uri())
    seller = Seller(page, desk)
    seller.is_told("problems.no_serial")
    # There is no button that would show the browser's list.
    expect(seller.button("connect.button")).to_have_count(0)


def test_an_insecure_address(chromium: Browser, new_page: NewPage, desk: PageDesk) -> None:
    page = new_page(chromium)
    page.route(
        "http://set-up.example/", lambda route: route.fulfill(path=page_file(), content_type="text/html")
    )
    page.goto("http://set-up.example/")
    Seller(page, desk).is_told("problems.insecure")


def test_a_bridge_of_an_earlier_run(
    browser: Browser, new_page: NewPage, desk: PageDesk, simulated_keys: SimulatedKeys, serve: Serve
) -> None:
    server = serve(page_file(), simulated_keys)
    page = new_page(browser)
    page.goto(f"{page_file().as_uri()}#token={'A' * 43}&port={server.admission.port}")
    Seller(page, desk).is_told("problems.bridge_refused")


def test_a_bridge_that_another_tab_has_and_one_that_ends(
    chromium: Browser, new_page: NewPage, desk: PageDesk, simulated_keys: SimulatedKeys, serve: Serve
) -> None:
    server = serve(page_file(), simulated_keys)
    first, second = Seller(new_page(chromium), desk), Seller(new_page(chromium), desk)
    first.page.goto(server.address)
    first.is_at("setup.title")
    second.page.goto(f"{page_file().as_uri()}{server.admission.fragment}")
    second.is_told("problems.bridge_taken")
    server.__exit__(None, None, None)
    first.is_told("problems.bridge_ended")


def test_a_served_page_gets_no_permission_that_outlives_its_server(
    browser: Browser, new_page: NewPage, desk: PageDesk, simulated_keys: SimulatedKeys, serve: Serve
) -> None:
    """Whatever listens at its port next would have it. With and without the token, and after the end."""
    server = serve(page_file(), simulated_keys)
    with_token, without = Seller(new_page(browser), desk), Seller(new_page(browser), desk)
    with_token.page.goto(server.address)
    with_token.is_at("setup.title")
    without.page.goto(server.address.partition("#")[0])
    without.is_told("problems.bridge_refused")
    server.__exit__(None, None, None)
    with_token.is_told("problems.bridge_ended")
    for seller in (with_token, without):
        expect(seller.button("connect.button")).to_have_count(0)
        expect(seller.button("connect.all")).to_have_count(0)
    if browser.browser_type.name == "chromium":
        ask = "navigator.serial.getPorts().then(() => 'allowed', (error) => error.name)"
        assert without.page.evaluate(ask) == "SecurityError"


def test_a_bridge_without_a_key(
    chromium: Browser, new_page: NewPage, desk: PageDesk, serve: Serve, tmp_path: Path
) -> None:
    page = new_page(chromium)
    page.goto(serve(page_file(), RealKeys(find_ports=list)).address)
    seller = Seller(page, desk)
    seller.sees("connect.none")
    expect(seller.button("connect.button")).to_have_count(0)
