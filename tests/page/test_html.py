"""The set-up page is HTML by the rules, as the Nu Html Checker reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

import build_page
from tests.support.judges import from_npm, html_errors

#: Java takes some seconds to start.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
@from_npm
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_page.build(tmp_path_factory.mktemp("page") / "totpkey.html")


def test_the_checker_finds_no_error(page: Path) -> None:
    assert html_errors(page) == []
