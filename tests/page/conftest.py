"""Real browsers, a simulated key on their USB bus or behind the bridge, and what is missing for either.

A test that takes `browser` runs in Chromium and in Firefox; one that takes `usb_desk` in Chromium, whose Web
Serial finds the key as a USB device.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.leaks.plugin import recorder
from tests.leaks.recorder import LOG
from tests.page import browsers
from tests.page.desk import PageDesk
from tests.page.seller import Seller
from tests.page.surroundings import Apart, Here, Surroundings, apart, hindrance
from tests.page.usb import STRANGER, Bus
from tests.support.cases import slow
from tests.support.port import LIMIT
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.web import PORT, page_file
from totpkey.web.keys import Keys
from totpkey.web.server import PageServer

#: Where pages may have serial ports without being asked.
_SERIAL_FOR = ("file:///*", f"http://127.0.0.1:{PORT}")
#: Whose ports: Adafruit, Raspberry Pi, and somebody who makes no keys.
_VENDORS = (0x239A, 0x2E8A, STRANGER)

NewPage = Callable[[Browser], Page]
#: Serves a file as the page, for those keys.
Serve = Callable[[Path, Keys], PageServer]
#: The longest that a test may take, in s: scripts in a page have no limit of their own.
_LONGEST = 3 * LIMIT


@pytest.fixture(autouse=True)
def _an_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that hangs ends its process, and tells where: nothing less stops Playwright's loop."""
    told = request.config.stash[fault_handler_stderr_fd_key]
    faulthandler.dump_traceback_later(_LONGEST, exit=True, file=told)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=1000 * LIMIT)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    """Namespaces where they are allowed, else none: the bridge needs no more."""
    if hindrance():
        yield Here()
        return
    with apart(tmp_path_factory.mktemp("apart"), _SERIAL_FOR, _VENDORS) as namespaces:
        yield namespaces


@pytest.fixture(scope="package")
def chromium(
    playwright: Playwright, surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    if not browsers.chromium_program():
        pytest.skip("there is no Chromium: apt-get install chromium")
    with browsers.chromium(playwright, surroundings, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="package")
def firefox(
    playwright: Playwright, surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    if not browsers.firefox_program():
        pytest.skip("there is no Firefox: apt-get install firefox-esr")
    with browsers.firefox(playwright, surroundings, tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture(params=["chromium", slow("firefox")])
def browser(request: pytest.FixtureRequest) -> Browser:
    """Each of them."""
    found: Browser = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="package")
def _bus(chromium: Browser, surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory) -> Bus:
    if not isinstance(surroundings, Apart):
        pytest.skip(hindrance())
    # Chromium listens to udev only once a page has asked for ports.
    blank = tmp_path_factory.mktemp("blank") / "blank.html"
    blank.write_text("<!doctype html>")
    with chromium.new_page() as page:
        page.goto(blank.as_uri())
        assert page.evaluate("navigator.serial.getPorts()") == []
    return Bus(surroundings)


@pytest.fixture
def bus(_bus: Bus) -> Iterator[Bus]:
    """Chromium's USB bus, or a skip that says why there is none."""
    yield _bus
    _bus.clear()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PageDesk]:
    """A blank key, plugged in, that only the bridge can reach."""
    with PageDesk(tmp_path / "port") as desk:
        desk.plug_in()
        yield desk


@pytest.fixture
def usb_desk(tmp_path: Path, bus: Bus) -> Iterator[PageDesk]:
    """A blank key on Chromium's USB bus, yet to be plugged in."""
    with PageDesk(tmp_path / "port", bus) as desk:
        yield desk


@pytest.fixture
def new_page() -> Iterator[NewPage]:
    """Pages in contexts of their own: a new profile each. What they log is searched for secrets."""
    with ExitStack() as stack:

        def make(browser: Browser) -> Page:
            # No window size: Firefox ESR cannot be given all that Playwright would set.
            page = stack.enter_context(browser.new_context()).new_page()
            page.set_default_timeout(1000 * LIMIT)
            page.on("console", lambda message: recorder.note(LOG, message.text))
            page.on("pageerror", lambda error: recorder.note(LOG, str(error)))
            return page

        yield make


@pytest.fixture
def serve(surroundings: Surroundings) -> Iterator[Serve]:
    """Runs `totpkey web` at its fixed address, as the browsers see it."""
    with ExitStack() as stack:

        def make(page: Path, keys: Keys) -> PageServer:
            server = PageServer(keys, page.read_bytes, listener=surroundings.listen())
            return stack.enter_context(server)

        yield make


@pytest.fixture
def simulated_keys(desk: PageDesk) -> SimulatedKeys:
    """What `totpkey web --simulate` offers."""
    return SimulatedKeys(desk.key, desk.bridge.path)


@pytest.fixture
def seller(chromium: Browser, new_page: NewPage, usb_desk: PageDesk) -> Seller:
    """Somebody before the page from a file, in Chromium, with a blank key that is yet to be plugged in."""
    page = new_page(chromium)
    page.goto(page_file().as_uri())
    return Seller(page, usb_desk)
