"""Fixtures: real browsers, a simulated key on their USB bus or behind the bridge, and skips without them.

A test with `browser` runs in Chromium and in Firefox. A test with `usb_desk` runs in Chromium, whose Web
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
from tests.page.surroundings import Namespaces, Surroundings, ThisComputer, new_namespaces, why_no_namespaces
from tests.page.usb import STRANGER, Bus
from tests.support.cases import slow
from tests.support.load import patience
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.web import page_file
from totpkey.web.keys import Keys
from totpkey.web.server import PageServer

#: The pages that may use serial ports without asking.
_SERIAL_FOR = ("file:///*",)
#: The vendors of those ports: Adafruit, Raspberry Pi, and one that makes no keys.
_VENDORS = (0x239A, 0x2E8A, STRANGER)

NewPage = Callable[[Browser], Page]
#: Serves a file as the page, for those keys.
Serve = Callable[[Path, Keys], PageServer]
#: A test takes at most so many times what it waits for one thing; scripts in a page have no limit.
_LONGEST = 8


@pytest.fixture(autouse=True)
def _end_a_hang(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make a test that hangs end its process with a traceback. Nothing less stops Playwright's loop."""
    stderr = request.config.stash[fault_handler_stderr_fd_key]
    faulthandler.dump_traceback_later(_LONGEST * patience(), exit=True, file=stderr)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(autouse=True)
def _wait_as_long_as_a_busy_machine_needs() -> None:
    """Where something does not come, say so soon."""
    expect.set_options(timeout=1000 * patience())


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    """Yield namespaces if they are allowed. Otherwise yield this computer, which is enough for the bridge."""
    if why_no_namespaces():
        yield ThisComputer()
        return
    with new_namespaces(tmp_path_factory.mktemp("namespaces"), _SERIAL_FOR, _VENDORS) as namespaces:
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
    """Return each of the two browsers."""
    found: Browser = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="package")
def _bus(chromium: Browser, surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory) -> Bus:
    if not isinstance(surroundings, Namespaces):
        pytest.skip(why_no_namespaces())
    # Chromium starts to listen to udev only when a page asks for ports.
    blank = tmp_path_factory.mktemp("blank") / "blank.html"
    blank.write_text("<!doctype html>")
    with chromium.new_page() as page:
        page.goto(blank.as_uri())
        assert page.evaluate("navigator.serial.getPorts()") == []
    return Bus(surroundings)


@pytest.fixture
def bus(_bus: Bus) -> Iterator[Bus]:
    """Yield Chromium's USB bus, or skip with the reason why there is none."""
    yield _bus
    _bus.clear()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[PageDesk]:
    """Yield a desk with a new, plugged key that only the bridge can reach."""
    with PageDesk(tmp_path / "port") as desk:
        desk.plug_in()
        yield desk


@pytest.fixture
def usb_desk(tmp_path: Path, bus: Bus) -> Iterator[PageDesk]:
    """Yield a desk with a new, unplugged key on Chromium's USB bus."""
    with PageDesk(tmp_path / "port", bus) as desk:
        yield desk


@pytest.fixture
def new_page() -> Iterator[NewPage]:
    """Yield a function that opens pages with a new profile each. Their logs are searched for secrets."""
    with ExitStack() as stack:

        def make(browser: Browser) -> Page:
            # Set no window size: Firefox ESR does not support everything that Playwright would set.
            page = stack.enter_context(browser.new_context()).new_page()
            page.set_default_timeout(1000 * patience())
            page.on("console", lambda message: recorder.note(LOG, message.text))
            page.on("pageerror", lambda error: recorder.note(LOG, str(error)))
            return page

        yield make


@pytest.fixture
def serve(surroundings: Surroundings) -> Iterator[Serve]:
    """Yield a function that serves pages as `totpkey web` does in the browsers' namespaces."""
    with ExitStack() as stack:

        def make(page: Path, keys: Keys) -> PageServer:
            server = PageServer(keys, page.read_bytes, listener=surroundings.listen())
            return stack.enter_context(server)

        yield make


@pytest.fixture
def simulated_keys(desk: PageDesk) -> SimulatedKeys:
    """Return the keys that `totpkey web --simulate` offers."""
    return SimulatedKeys(desk.key, desk.bridge.path)


@pytest.fixture
def seller(chromium: Browser, new_page: NewPage, usb_desk: PageDesk) -> Seller:
    """Return a seller at the page opened as a file in Chromium, with a new, unplugged key."""
    page = new_page(chromium)
    page.goto(page_file().as_uri())
    return Seller(page, usb_desk)
