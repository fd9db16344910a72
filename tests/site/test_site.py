"""The site of `make site`: each link leads somewhere, nothing comes from elsewhere, the search finds."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import build_page
import build_site
from tests.page import browsers
from tests.page.browsers import ThisComputer
from tests.page.screens import LOOKS, check_with_axe
from tests.release.elsewhere import differences
from tests.support.cases import sampled, slow
from tests.support.judges import from_npm, html_errors

#: What loads when a page is shown, by element; all else waits for a click.
_LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "srcset",
    "video": "src",
    "object": "data",
}
_LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch", "manifest"}
_CSS_LOADS = re.compile(r"(?:url\(|@import\s+)['\"]?([^'\")\s;]+)")


class _Document(HTMLParser):
    """What a page loads, where it links to, and which places it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places.update(given.get(name, "") for name in ("id", "name"))
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "link" and _LOADED_LINKS & set(given.get("rel", "").split()):
            self.loads.append(given["href"])
        elif tag in _LOADS:
            self.loads.append(given.get(_LOADS[tag], ""))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like dist/, with some files of a release."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "totpkey-raspberry_pi_pico-1.0.uf2").write_bytes(b"UF2\n" * 512)
    (folder / "totpkey-1.0.html").write_bytes(b"<!DOCTYPE html>")
    (folder / "totpkey-1.0.notes.txt").write_bytes(b"# totpkey 1.0")
    (folder / "SHA256SUMS").write_bytes(b"sums")
    return folder


@pytest.fixture(scope="module")
@from_npm
def site(tmp_path_factory: pytest.TempPathFactory, release: Path) -> Path:
    if not build_site.GENERATOR.is_file():
        pytest.skip("the site's generator is not here: make site")
    page = build_page.build()
    target = tmp_path_factory.mktemp("site") / "site"
    build_site.build(target, page, release)
    return target


@pytest.fixture(scope="module")
def documents(site: Path, release: Path) -> dict[Path, _Document]:
    """All pages, but for the set-up page and that of a release, which tests/page looks at."""
    pages = (path for path in site.rglob("*.html") if path.parent.name != "setup")
    found = (path for path in pages if not (release / path.name).exists())
    return {path: _Document(path.read_text(encoding="utf-8")) for path in found}


@pytest.mark.slow
def test_each_link_leads_somewhere(site: Path, documents: dict[Path, _Document]) -> None:
    broken = [
        (str(path.relative_to(site)), link)
        for path, document in documents.items()
        if path.name != "404.html"
        for link in document.links + document.loads
        if not _leads_somewhere(site, path, link, documents)
    ]
    assert broken == []
    assert sum(len(document.links) for document in documents.values()) > 1000


def _leads_somewhere(site: Path, path: Path, link: str, documents: dict[Path, _Document]) -> bool:
    parts = urlsplit(link)
    if parts.scheme:
        return parts.scheme in ("https", "http", "mailto", "data")
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    target = target / "index.html" if target.is_dir() else target
    inside = target.is_relative_to(site) and target.is_file()
    anchor = unquote(parts.fragment)
    return inside and (not anchor or target not in documents or anchor in documents[target].places)


def test_no_page_loads_anything_from_elsewhere(site: Path, documents: dict[Path, _Document]) -> None:
    loads = [(path, load) for path, document in documents.items() for load in document.loads]
    loads += [
        (path, load) for path in site.rglob("*.css") for load in _CSS_LOADS.findall(path.read_text("utf-8"))
    ]
    assert len(loads) > 100
    assert [(str(path), load) for path, load in loads if urlsplit(load).scheme not in ("", "data")] == []
    assert [(str(path), load) for path, load in loads if load.startswith("//")] == []


def test_all_that_people_are_led_to_is_there(site: Path) -> None:
    for language in (".", "zh"):
        for name in (
            "index",
            "docs/guide/page-guide",
            "docs/guide/lost-key",
            "docs/reference/status",
            "download/index",
        ):
            assert (site / language / f"{name}.html").is_file()
    for kit in ("trinkey-qt2040", "macropad", "rp2040-one", "pico"):
        text = (site / "hardware" / "kits" / f"{kit}.html").read_text(encoding="utf-8")
        assert f"{kit}-built.svg" in text
        assert (site / "hardware" / "pictures" / f"{kit}-built.svg").is_file()
    assert (site / "setup" / "index.html").read_bytes() == build_page.TARGET.read_bytes()


def test_a_release_is_offered_with_its_checksums(site: Path, release: Path) -> None:
    for file in release.iterdir():
        assert (site / "download" / file.name).read_bytes() == file.read_bytes()
        for page, way in (("download/index.html", ""), ("zh/download/index.html", "../../download/")):
            text = (site / page).read_text(encoding="utf-8")
            assert f'href="{way}{file.name}"' in text
            assert hashlib.sha256(file.read_bytes()).hexdigest() in text


@pytest.mark.slow
def test_the_nu_html_checker_finds_no_error(site: Path, documents: dict[Path, _Document]) -> None:
    assert html_errors(*documents, site / "setup" / "index.html") == []


@pytest.mark.slow
def test_what_the_theme_has_wrong_would_be_found(site: Path, tmp_path: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    wrong = tmp_path / "index.html"
    wrong.write_text(text.replace('class="md-overlay"', 'class="md-overlay" aria-hidden="true"'), "utf-8")
    (error,) = html_errors(wrong)
    assert "aria-hidden" in error


@pytest.mark.slow
def test_another_folder_and_time_give_the_same_site(
    site: Path, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = tmp_path / "another place" / "site"
    again.parent.mkdir()
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    if faketime := shutil.which("faketime"):
        later = tmp_path / "later"
        later.write_text(
            f'#!/bin/sh\nexec {faketime} --exclude-monotonic "2031-05-06 07:08:09" '
            f'{build_site.GENERATOR} "$@"\n'
        )
        later.chmod(0o755)
        monkeypatch.setattr(build_site, "GENERATOR", later)
    build_site.build(again, build_page.TARGET, release)
    files = {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    assert files == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    differing = [name for name in sorted(files) if (site / name).read_bytes() != (again / name).read_bytes()]
    assert not differing, differences(site / differing[0], again / differing[0])


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The site, served as it will be."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("page", "wanted", "found"),
    [
        ("docs/guide/light.html", "passphrase", "docs/"),
        ("zh/docs/reference/status.html", "恢复码", "/zh/docs/guide/lost-key.html"),
    ],
)
def test_the_search_finds_and_asks_no_other_host(
    page: str, wanted: str, found: str, address: str, chromium: Browser
) -> None:
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        opened = context.new_page()
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(f"{address}/{page}")
        opened.get_by_role("button", name=re.compile("Search|搜索|查找")).first.click()
        opened.get_by_role("combobox").fill(wanted)
        first = opened.locator(f'a[href*="{found}"]').filter(has=opened.locator("mark")).first
        expect(first).to_be_visible()
        assert any("search" in url for url in asked)
        assert [url for url in asked if not url.startswith(address)] == []


#: One page of each kind: a front, a guide, a page with tables, and the downloads.
_KINDS = ["index", "zh/index", "docs/reference/storage", "zh/docs/guide/page-guide", "download/index"]


@pytest.mark.parametrize("scheme", ["light", slow("dark")])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(width: int, scheme: Any, address: str, chromium: Browser) -> None:
    with chromium.new_context(viewport=_size(width), color_scheme=scheme) as context:
        opened = context.new_page()
        for page in _KINDS:
            _open(opened, f"{address}/{page}.html")
            named = "slate" if scheme == "dark" else "default"
            assert opened.evaluate("document.body.dataset.mdColorScheme") == named
            check_with_axe(opened)


@pytest.mark.slow
def test_axe_finds_nothing_on_any_page(
    address: str, site: Path, documents: dict[Path, _Document], chromium: Browser
) -> None:
    """In a narrow window with light colours; then in a wide one with dark colours, what these change."""
    with chromium.new_context(color_scheme="light") as context:
        opened = context.new_page()
        for path in documents:
            opened.set_viewport_size(_size(360))
            _open(opened, f"{address}/{path.relative_to(site).as_posix()}")
            check_with_axe(opened)
            opened.set_viewport_size(_size(1280))
            # The theme lets colours change slowly.
            opened.evaluate(
                "document.body.dataset.mdColorScheme = 'slate';"
                " document.getAnimations().forEach((one) => one.finish())"
            )
            check_with_axe(opened, LOOKS)
            assert opened.evaluate("document.body.dataset.mdColorScheme") == "slate"


def _size(width: int) -> Any:
    return {"width": width, "height": 800}


def _open(opened: Page, address: str) -> None:
    """Wait for the boxes, too, that tables scroll in. The theme makes them once the page is there."""
    opened.goto(address)
    opened.wait_for_function(
        "document.querySelectorAll('.md-typeset table:not([class])').length === 0"
        " || document.querySelector('.md-typeset__scrollwrap')"
    )


@pytest.mark.parametrize(
    "page",
    sampled(
        ["index", "zh/index", "hardware/index", "zh/docs/guide/page-guide", "download/index"], ["zh/index"]
    ),
)
def test_a_narrow_window_is_enough(page: str, address: str, chromium: Browser) -> None:
    with chromium.new_context(viewport={"width": 360, "height": 740}) as context:
        opened = context.new_page()
        opened.goto(f"{address}/{page}.html")
        assert opened.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        browsers.chromium(playwright, ThisComputer(), tmp_path_factory.mktemp("chromium")) as browser,
    ):
        yield browser
