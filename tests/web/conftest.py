"""Fixtures: a simulated key at a serial port, which follows this computer's time, and servers of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.port import PortDesk, at_port
from tests.support.terminal import new_key
from tests.web.bridge_page import Page, Serve
from totpkey.cli.simulation.live_key import SimulatedKeys
from totpkey.web.keys import RealKeys
from totpkey.web.server import PageServer

MakeDesk = Callable[[bytes], PortDesk]


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[MakeDesk]:
    with ExitStack() as stack:
        yield lambda uid: stack.enter_context(at_port(new_key(uid), tmp_path / f"key-{uid.hex()}"))


@pytest.fixture
def desk(make_desk: MakeDesk) -> PortDesk:
    return make_desk(bytes(range(8)))


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield Serve(stack)


@pytest.fixture
def nobody(serve: Serve) -> PageServer:
    """Return a server without a key."""
    return serve(RealKeys(find_ports=list, find_everyday=list))


@pytest.fixture
def page(serve: Serve, desk: PortDesk) -> Page:
    return serve.page(simulated(desk))


def simulated(desk: PortDesk) -> SimulatedKeys:
    return SimulatedKeys(desk.key, desk.bridge.path)
