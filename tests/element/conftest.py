"""Fixtures: the firmware's driver for the secure element on CPython, and an element to test it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.firmware import install
from tests.support.images import sealed_images
from totpkey_protocol import storage
from totpkey_protocol.element_pins import ELEMENT_PINS
from totpkey_virtual.clock_chip import Now
from totpkey_virtual.key import VirtualKey
from totpkey_virtual.secure_element import SecureElement
from totpkey_virtual.simulator import SimulatedKey

install()

from tests.element.wires import Pair, VendorPair, vendor  # noqa: E402

BOARD = "raspberry_pi_pico"
#: Makes a key from a drive and an element.
MakeKey = Callable[[Path, Callable[[Now], SecureElement] | None], VirtualKey]


@pytest.fixture
def pair() -> Pair:
    """Return an element and the key that it is paired with."""
    return Pair()


@pytest.fixture(params=["ours", pytest.param("the vendor's", marks=pytest.mark.needs("tvl"))])
def either(request: pytest.FixtureRequest) -> Iterator[Pair | VendorPair]:
    """Yield such an element and key, and the vendor's model in place of the element."""
    if request.param == "ours":
        yield Pair()
        return
    with vendor() as pair:
        yield pair


@pytest.fixture(params=["simulator", pytest.param("chip", marks=pytest.mark.chip)])
def make(request: pytest.FixtureRequest) -> MakeKey:
    """Makes keys of one kind, of a board that has pins for an element."""
    if request.param == "simulator":
        return lambda drive, element: SimulatedKey(drive, BOARD, alone=storage.FILES, element=element)
    if marker := request.node.get_closest_marker("simulator_only"):
        pytest.skip(marker.kwargs["reason"])
    request.getfixturevalue("image")
    from totpkey_virtual.chip.key import ChipKey
    from totpkey_volume.circuitpython import board_of
    from totpkey_volume.uf2 import flash_content

    fitting = [
        image
        for image in sealed_images()
        if board_of(flash_content(image.read_bytes(), 16 << 20)) in ELEMENT_PINS
    ]
    if not fitting:
        pytest.skip("no image of a board with pins for a secure element: add one to TOTPKEY_UF2")

    def chip(drive: Path, element: Callable[[Now], SecureElement] | None) -> VirtualKey:
        return ChipKey(fitting[0], drive, alone=storage.FILES, element=element)

    return chip
