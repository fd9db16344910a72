"""Servers of `totpkey web` that tests meet, and pages that come to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from tests.web.bridge_page import Page, visit
from totpkey.web.keys import Keys
from totpkey.web.server import PageServer

PAGE = b"<!doctype html><title>a page</title>"


class Serve:
    """Runs servers until the test is over."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, keys: Keys, tell: Callable[[str], None] = lambda _: None) -> PageServer:
        """`tell` gets "stranger" and "second" when that happens."""
        server = PageServer(
            keys,
            lambda: PAGE,
            port=0,
            on_stranger=lambda: tell("stranger"),
            on_second=lambda: tell("second"),
        )
        return self._stack.enter_context(server)

    def page(self, keys: Keys) -> Page:
        """A page that was let in."""
        return self.visit(self(keys))

    def visit(self, server: PageServer, **differently: str) -> Page:
        return self._stack.enter_context(visit(server, **differently))
