"""`totpkey web` as a person runs it: a process at its fixed address, before a real browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.leaks.plugin import recorder
from tests.leaks.recorder import STDERR, STDOUT
from tests.page.conftest import NewPage
from tests.page.desk import LIMIT, Desk
from tests.page.surroundings import Surroundings
from totpkey.web import PageMissing, page_file


@pytest.fixture(scope="module", autouse=True)
def page() -> Path:
    """The real page: the command serves no other."""
    try:
        return page_file()
    except PageMissing as missing:
        pytest.skip(f"{missing.cause} {missing.remedy}")


class Command:
    """A running `totpkey web`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._said, self._lines = process.stdin, process.stdout
        self.address = self.line("http://")

    def line(self, start: str) -> str:
        """The next line of its output that begins so."""
        for line in self._lines:
            recorder.note(STDOUT, line)
            if line.startswith(start):
                return line.strip()
        raise AssertionError(f"it ended before it said {start}")

    def tell(self, line: str) -> None:
        self._said.write(f"{line}\n")
        self._said.flush()


@contextmanager
def running(surroundings: Surroundings, *arguments: str, browser: str = "false") -> Iterator[Command]:
    """`browser` is what opens pages for this user."""
    program = ["env", f"BROWSER={browser}", sys.executable, "-m", "totpkey", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        surroundings.command(*program), stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        # One that never says what is waited for must not hold up the tests for ever.
        guard = Timer(LIMIT, process.kill)
        guard.start()
        try:
            yield Command(process)
        finally:
            guard.cancel()
            process.terminate()
            assert process.stderr is not None
            recorder.note(STDERR, process.stderr.read())


def reaches_a_new_key(page: Page) -> None:
    """The page opens the only key by itself, and a blank one is greeted so."""
    expect(page.get_by_role("heading", level=1)).to_have_text("A new key")


def test_a_simulated_key(surroundings: Surroundings, browser: Browser, new_page: NewPage) -> None:
    with running(surroundings, "web", "--simulate", "--no-browser") as command:
        page = new_page(browser)
        page.goto(command.address)
        reaches_a_new_key(page)
        command.tell("press")
        command.tell("unplug")
        assert command.line("face unplugged")
        command.tell("quit")


def test_a_key_at_a_port(
    surroundings: Surroundings, chromium: Browser, new_page: NewPage, desk: Desk
) -> None:
    port = str(desk.bridge.path)
    with running(surroundings, "--port", port, "web", "--no-browser") as command:
        page = new_page(chromium)
        page.goto(command.address)
        reaches_a_new_key(page)


def test_the_browser_is_started_with_no_token(
    surroundings: Surroundings, chromium: Browser, new_page: NewPage, tmp_path: Path
) -> None:
    script, started = tmp_path / "browser", tmp_path / "started"
    script.write_text(f'#!/bin/sh\necho "$@" > {started}.new && mv {started}.new {started}\n')
    script.chmod(0o755)
    with running(surroundings, "web", "--simulate", browser=str(script)) as command:
        command.line("face setup")
        begun = started.read_text().strip()
        assert command.address.partition("=")[2] not in begun
        page = new_page(chromium)
        page.goto(begun)
        assert page.url.startswith(command.address.partition("#")[0])


def test_a_second_one_says_that_there_is_a_first(surroundings: Surroundings) -> None:
    with running(surroundings, "web", "--simulate", "--no-browser"):
        program = surroundings.command(sys.executable, "-m", "totpkey", "web", "--no-browser")
        second = subprocess.run(program, capture_output=True, text=True, check=False, timeout=LIMIT)
        assert second.returncode == 1
        assert "47821" in second.stderr
        assert "totpkey web" in second.stderr
