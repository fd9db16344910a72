"""A browser that looks at the site, with none of what the set-up page's tests need around it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.page import browsers
from tests.page.browsers import ThisComputer


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        browsers.chromium(playwright, ThisComputer(), tmp_path_factory.mktemp("chromium")) as browser,
    ):
        yield browser
