"""Debian's real browsers, driven by Playwright."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.page.surroundings import Surroundings
from tests.support.load import patience
from tests.support.places import places

_RELAY = Path(__file__).with_name("firefox_relay.py")
#: A browser starts in so many times what a test waits for anything else.
_START = 6
#: Restrict Chromium to the tests: no updates and no online services. It may run as root.
_CHROMIUM_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
    # The page's moving picture costs 5 % of a core. It still moves in Firefox.
    "--force-prefers-reduced-motion",
)
#: Do without the suggestions below the address bar, which take three quarters of the time of a new window,
#: and without a spare process for the next site, which takes a fifth of the rest.
_WITHOUT = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"
#: Add that to what Playwright switches off. Of two such arguments Chromium takes the last.
_WITH_FEATURES = f"""\
for argument; do
    shift
    case $argument in --disable-features=*) argument=$argument,{_WITHOUT} ;; esac
    set -- "$@" "$argument"
done
"""
#: Restrict Firefox likewise, unless Playwright does it already.
_FIREFOX_SETTINGS: dict[str, str | float | bool] = {
    "app.normandy.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


def _program(browser: str, *names: str) -> str:
    """Return the path of a browser, which has one of these names. Skip the test without it."""
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip(f"there is no {browser}: apt-get install {names[0]}")
    return found


@contextmanager
def chromium(
    playwright: Playwright,
    surroundings: Surroundings,
    folder: Path,
    display: dict[str, str] | None = None,
) -> Iterator[Browser]:
    """Yield Chromium, without a window; or on that environment's display, for screen readers."""
    program = _program("Chromium", "chromium", "google-chrome")
    script = _script(folder / "chromium", surroundings.command(program), _WITH_FEATURES)
    flags = [*_CHROMIUM_FLAGS, *(["--force-renderer-accessibility"] if display else [])]
    with places.program():
        browser = playwright.chromium.launch(
            executable_path=script,
            args=flags,
            timeout=_start(),
            headless=not display,
            env={**(display or os.environ)},
        )
        yield browser
        browser.close()


@contextmanager
def firefox(playwright: Playwright, surroundings: Surroundings, folder: Path) -> Iterator[Browser]:
    prefix = surroundings.command()
    program = [
        sys.executable,
        str(_RELAY),
        str(len(prefix)),
        *prefix,
        _program("Firefox", "firefox-esr", "firefox"),
    ]
    script = _script(folder / "firefox", program)
    # With this channel Playwright uses WebDriver BiDi, which every Firefox supports.
    with places.program():
        browser = playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=script,
            firefox_user_prefs=_FIREFOX_SETTINGS,
            timeout=_start(),
        )
        yield browser
        browser.close()


def _start() -> float:
    """Return how long a browser may take to start, in ms."""
    return 1000 * _START * patience()


def _script(path: Path, program: Sequence[str], before: str = "") -> Path:
    """Write a script that starts a program, for Playwright to start."""
    path.write_text(f'#!/bin/sh\n{before}exec {shlex.join(program)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path
