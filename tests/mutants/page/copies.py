"""Copies of the page's sources, in which rules have other sources."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import build_page
import page_packages


class Copy:
    """A copy of the page's sources in a folder."""

    def __init__(self, folder: Path, sources: dict[str, str]) -> None:
        self._page = folder / "page"
        shutil.copytree(page_packages.PAGE, self._page)
        for rule, source in sources.items():
            (self._page / "src" / "rules" / f"{rule}.js").write_text(source, encoding="utf-8")
        self.code_of = cache(self._code_of)

    def _code_of(self, modules: str) -> str:
        """As `tests.page.scripts.code_of`, for modules separated by blanks."""
        return build_page.module_for_tests(*modules.split(" "), page=self._page)


@contextmanager
def page_with(sources: dict[str, str]) -> Iterator[Copy]:
    with tempfile.TemporaryDirectory() as folder:
        yield Copy(Path(folder), sources)
