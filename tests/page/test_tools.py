"""The tests' own tools: real browsers find a key over Web Serial and over the bridge."""

from __future__ import annotations

import os
import tty
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.conftest import NewPage, Serve
from tests.page.desk import PageDesk
from tests.page.usb import STRANGER, Bus, Device
from tests.support.cases import slow
from totpkey.cli.simulation.web_keys import SimulatedKeys

HELLO = Path(__file__).with_name("hello.html")


def shows(page: Page, text: str) -> None:
    expect(page.locator("#log")).to_contain_text(text)


def test_a_key_is_plugged_asked_unplugged_and_plugged_again(
    chromium: Browser, new_page: NewPage, usb_desk: PageDesk
) -> None:
    page = new_page(chromium)
    page.goto(HELLO.as_uri())
    shows(page, "ports 0")
    usb_desk.plug_in()
    shows(page, "connect")
    page.evaluate("void helloOverSerial()")
    shows(page, 'answer {"id":1,"ok":{')
    usb_desk.unplug()
    shows(page, "lost: ")
    shows(page, "disconnect")
    page.evaluate("lines.length = 0, note('again')")
    usb_desk.plug_in()
    shows(page, "connect")
    page.evaluate("void helloOverSerial()")
    shows(page, "answer")


def test_a_port_that_the_page_closes_can_be_opened_again(
    chromium: Browser, new_page: NewPage, usb_desk: PageDesk
) -> None:
    page = new_page(chromium)
    page.goto(HELLO.as_uri())
    shows(page, "ports 0")
    usb_desk.plug_in()
    shows(page, "connect")
    for _ in range(2):
        page.evaluate("void helloOverSerial()")
        shows(page, "answer")
        page.evaluate("closing()")
        shows(page, "closed")
        usb_desk.until(lambda: not usb_desk.bridge.client_present)
        page.evaluate("lines.length = 0, note('again')")


def test_a_key_that_another_program_uses(chromium: Browser, new_page: NewPage, usb_desk: PageDesk) -> None:
    page = new_page(chromium)
    page.goto(HELLO.as_uri())
    shows(page, "ports 0")
    usb_desk.hold_port()
    usb_desk.plug_in()
    shows(page, "connect")
    page.evaluate("void helloOverSerial()")
    shows(page, "not opened: NetworkError")
    usb_desk.free_port()
    page.evaluate("void helloOverSerial()")
    shows(page, "answer")


def test_a_port_that_is_no_key_s(chromium: Browser, new_page: NewPage, bus: Bus) -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    page = new_page(chromium)
    page.goto(HELLO.as_uri())
    shows(page, "ports 0")
    bus.plug(Device(os.ttyname(theirs), STRANGER, 0x0043, "Weather station", "1"))
    shows(page, "connect")
    page.evaluate("void helloOverSerial()")
    shows(page, "opened")
    assert os.read(ours, 100) == b'{"id":1,"command":"hello"}\n'
    bus.clear()
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("place", ["file", slow("http")])
def test_hello_over_the_bridge(
    place: str,
    browser: Browser,
    new_page: NewPage,
    desk: PageDesk,
    simulated_keys: SimulatedKeys,
    serve: Serve,
) -> None:
    server = serve(HELLO, simulated_keys)
    page = new_page(browser)
    page.goto(server.address if place == "http" else f"{HELLO.as_uri()}{server.admission.fragment}")
    page.evaluate("helloOverTheBridge()")
    shows(page, 'answer {"id":1,"ok":{')
    desk.unplug()
    shows(page, "closed unplugged")
    shows(page, "keys 0")
    page.evaluate("lines.length = 0, note('again')")
    desk.plug_in()
    shows(page, "keys 1")
    shows(page, "answer")


def test_a_page_with_another_token_learns_nothing(
    browser: Browser, new_page: NewPage, simulated_keys: SimulatedKeys, serve: Serve
) -> None:
    server = serve(HELLO, simulated_keys)
    page = new_page(browser)
    page.goto(f"{HELLO.as_uri()}#token=nonsense&port={server.admission.port}")
    page.evaluate("helloOverTheBridge()")
    shows(page, "gone 1006")
    assert "keys" not in page.locator("#log").inner_text()
