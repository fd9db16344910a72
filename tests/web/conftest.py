"""Fixtures: a simulated key at a serial port, a terminal that runs commands, and servers of the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.terminal import CommandDesk, desk, make_desk
from tests.web.page_servers import Serve
from totpkey.cli.simulation.web_keys import SimulatedKeys
from totpkey.web.keys import RealKeys
from totpkey.web.server import PageServer

__all__ = ["desk", "make_desk", "nobody", "serve", "simulated"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield Serve(stack)


@pytest.fixture
def nobody(serve: Serve) -> PageServer:
    """Return a server without a key."""
    return serve(RealKeys(find_ports=list, find_everyday=list))


def simulated(desk: CommandDesk) -> SimulatedKeys:
    return SimulatedKeys(desk.key, desk.bridge.path)
