"""Servers of `totpkey web` for tests, and pages that connect to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from tests.web.bridge_page import Page, visit
from totpkey.web.keys import Keys
from totpkey.web.server import PageServer

PAGE = b"<!doctype html><title>a page</title>"


class Serve:
    """Runs servers until the end of the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, keys: Keys, tell: Callable[[str], None] = lambda _: None) -> PageServer:
        """Start a server. `tell` receives "stranger" and "second" when that happens."""
        server = PageServer(
            keys,
            lambda: PAGE,
            on_stranger=lambda: tell("stranger"),
            on_second=lambda: tell("second"),
        )
        return self._stack.enter_context(server)

    def page(self, keys: Keys) -> Page:
        """Return a page that the server has admitted."""
        return self.visit(self(keys))

    def visit(self, server: PageServer, **differently: str) -> Page:
        return self._stack.enter_context(visit(server, **differently))
