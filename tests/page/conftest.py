"""Fixtures: real browsers, a simulated key on their USB bus or behind the bridge, and skips without them.

A test with `browser` runs in Chromium and in Firefox. A test with `usb_desk` runs in Chromium, whose Web
Serial finds the key as a USB device. `seller` is somebody at the page with that key; `at_page` puts people
there in other ways, such as through `server`, the bridge.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.leaks.plugin import recorder
from tests.leaks.recorder import LOG
from tests.page import browsers
from tests.page.browsers import (
    STRANGER,
    Bus,
    Namespaces,
    PageDesk,
    Surroundings,
    ThisComputer,
    new_namespaces,
    why_no_namespaces,
)
from tests.page.seller import LANGUAGES, Seller
from tests.support.cases import slow
from tests.support.load import patience
from totpkey.web import page_file
from totpkey.web.keys import Keys
from totpkey.web.server import PageServer

#: The pages that may use serial ports without asking.
_SERIAL_FOR = ("file:///*",)
#: The vendors of those ports: Adafruit, Raspberry Pi, and one that makes no keys.
_VENDORS = (0x239A, 0x2E8A, STRANGER)

NewPage = Callable[..., Page]


class Serve:
    """Serves pages as `totpkey web` does in the browsers' namespaces."""

    def __init__(self, stack: ExitStack, surroundings: Surroundings) -> None:
        self._stack = stack
        self._surroundings = surroundings

    def __call__(self, keys: Keys, page: Path | None = None) -> PageServer:
        """Serve a file, usually the page, until the end of the test."""
        read = (page or page_file()).read_bytes
        return self._stack.enter_context(PageServer(keys, read, listener=self._surroundings.listen()))


class AtPage:
    """Puts people at the page."""

    def __init__(self, new_page: NewPage, request: pytest.FixtureRequest) -> None:
        self._new_page = new_page
        self._request = request

    def __call__(
        self,
        desk: PageDesk,
        address: str = "",
        *,
        browser: Browser | None = None,
        language: str = "en",
        script: str = "",
        **options: Any,
    ) -> Seller:
        """Return somebody with that desk at the page: opened as a file in Chromium, unless told otherwise.

        `script` runs before the page's own. `options` are those of a browser's context.
        """
        if language != "en":
            options["locale"] = LANGUAGES[language]
        page = self._new_page(browser or self._request.getfixturevalue("chromium"), **options)
        if script:
            page.add_init_script(script)
        page.goto(address or page_file().as_uri())
        return Seller(page, desk, language)


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
    with browsers.chromium(playwright, surroundings, tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="package")
def firefox(
    playwright: Playwright, surroundings: Surroundings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
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
    """Yield a function that opens a page of a browser in a new profile. Its log is searched for secrets."""
    with ExitStack() as stack:

        def make(browser: Browser, **options: Any) -> Page:
            # Set nothing in Firefox: its ESR does not support everything that Playwright would set.
            page = stack.enter_context(browser.new_context(**options)).new_page()
            page.set_default_timeout(1000 * patience())
            page.on("console", lambda message: recorder.note(LOG, message.text))
            page.on("pageerror", lambda error: recorder.note(LOG, str(error)))
            return page

        yield make


@pytest.fixture
def serve(surroundings: Surroundings) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield Serve(stack, surroundings)


@pytest.fixture
def server(desk: PageDesk, serve: Serve) -> PageServer:
    """Return `totpkey web --simulate` with the desk's key."""
    return serve(desk.keys)


@pytest.fixture
def at_page(new_page: NewPage, request: pytest.FixtureRequest) -> AtPage:
    return AtPage(new_page, request)


@pytest.fixture
def seller(at_page: AtPage, usb_desk: PageDesk) -> Seller:
    """Return a seller at the page, with a new, unplugged key."""
    return at_page(usb_desk)
