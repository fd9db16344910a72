"""`totpkey web` as a person runs it: a process, before a real browser."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.leaks.plugin import recorder
from tests.leaks.recorder import STDERR, STDOUT
from tests.page.browsers import PageDesk, Surroundings
from tests.page.conftest import NewPage
from tests.page.seller import catalogues
from tests.starts import WITHOUT_INTERRUPTS
from tests.support.load import patience
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
        assert process.stderr is not None
        self._said, self._lines, self._told = process.stdin, process.stdout, process.stderr
        self.address = self.line("http://")

    def line(self, start: str) -> str:
        """The next line of its output that begins so."""
        return _line(self._lines, STDOUT, start)

    def told(self, start: str) -> str:
        """The next line for people that begins so."""
        return _line(self._told, STDERR, start)

    def end(self) -> tuple[int, str]:
        """Wait until it ends by itself: its exit code, and what it told last."""
        code = self._process.wait(patience())
        told = self._told.read()
        recorder.note(STDERR, told)
        return code, told

    def tell(self, line: str) -> None:
        self._said.write(f"{line}\n")
        self._said.flush()


def _line(lines: IO[str], channel: str, start: str) -> str:
    for line in lines:
        recorder.note(channel, line)
        if line.startswith(start):
            return line.strip()
    raise AssertionError(f"it ended before it said {start}")


@contextmanager
def running(surroundings: Surroundings, *arguments: str, browser: str = "false") -> Iterator[Command]:
    """`browser` is what opens pages for this user. Ctrl-C is ignored, as under nohup."""
    program = [*WITHOUT_INTERRUPTS, "env", f"BROWSER={browser}", sys.executable, "-m", "totpkey", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        surroundings.command(*program), stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        # One that never says what is waited for must not hold up the tests for ever.
        guard = Timer(6 * patience(), process.kill)
        guard.start()
        try:
            yield Command(process)
        finally:
            guard.cancel()
            process.terminate()
            assert process.stderr is not None
            recorder.note(STDERR, process.stderr.read())


def reaches_a_new_key(page: Page) -> None:
    """The page opens the only key by itself, and asks the owner of a blank one for its first account."""
    expect(page.get_by_role("heading", level=1)).to_have_text(catalogues()["en"]["setup.title"])


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
    surroundings: Surroundings, chromium: Browser, new_page: NewPage, desk: PageDesk
) -> None:
    port = str(desk.bridge.path)
    with running(surroundings, "--port", port, "web", "--no-browser") as command:
        page = new_page(chromium)
        page.goto(command.address)
        reaches_a_new_key(page)


class Opener:
    """What opens pages for this user: it only keeps what it was started with, for everybody to see."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "browser"
        self._started = folder / "started"
        started, new = shlex.quote(str(self._started)), shlex.quote(f"{self._started}.new")
        self.program.write_text(f'#!/bin/sh\necho "$@" > {new} && mv {new} {started}\n', encoding="utf-8")
        self.program.chmod(0o755)

    def address(self) -> str:
        return self._started.read_text().strip()


def test_the_browser_is_started_with_no_token(
    surroundings: Surroundings, browser: Browser, new_page: NewPage, tmp_path: Path
) -> None:
    opener = Opener(tmp_path)
    with running(surroundings, "web", "--simulate", browser=str(opener.program)) as command:
        command.line("face setup")
        assert command.address.partition("=")[2] not in opener.address()
        page = new_page(browser)
        page.goto(opener.address())
        reaches_a_new_key(page)
        assert page.url == command.address.partition("#")[0]


@pytest.mark.parametrize("options", [(), ("--simulate",)], ids=["real", "simulated"])
def test_a_start_that_comes_twice_ends_it(
    options: tuple[str, ...], surroundings: Surroundings, chromium: Browser, new_page: NewPage, tmp_path: Path
) -> None:
    """Somebody read the address off the browser's command line and was quicker."""
    opener = Opener(tmp_path)
    with running(surroundings, "web", *options, browser=str(opener.program)) as command:
        # By then the browser was started.
        command.line("face setup") if options else command.told("Ctrl-C")
        thief, owner = new_page(chromium), new_page(chromium)
        thief.goto(opener.address())
        expect(thief.get_by_role("heading", level=1)).to_be_visible()
        owner.goto(opener.address())
        assert "totpkey" not in owner.title()
        expect(thief.get_by_role("alert").first).to_contain_text("has ended")
        code, told = command.end()
        assert code == 1
        assert "was opened twice" in told
        assert "totpkey list" in told
