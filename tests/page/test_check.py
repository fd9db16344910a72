"""The page's check of faulty keys, and the remedies that it gives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.page.conftest import AtPage
from tests.page.desk import PageDesk
from tests.page.seller import Seller
from tests.page.usb import Bus
from totpkey.install.drive import drive_files, drive_folder
from totpkey_protocol.boards import BOARDS
from totpkey_virtual.pcf8523 import PCF8523
from totpkey_virtual.simulator import SimulatedKey
from totpkey_volume import fat, layout
from totpkey_volume.circuitpython import DRIVE_START

BOARD = "raspberry_pi_pico"
MB = 1 << 20

Plug = Callable[[SimulatedKey], Seller]


@pytest.fixture
def plug(at_page: AtPage, bus: Bus, tmp_path: Path) -> Iterator[Plug]:
    """Puts that key, made ready and with its clock as it was, before somebody at the page."""
    with ExitStack() as stack:

        def at_home(key: SimulatedKey) -> Seller:
            desk = stack.enter_context(PageDesk(tmp_path / "port", bus, key=key))
            with desk.client() as client:
                client.init()
            seller = at_page(desk)
            seller.is_at("home.title")
            return seller

        yield at_home


def checks(seller: Seller, name: str, grade: str) -> Locator:
    """Have the key looked at; what is said of one subject."""
    seller.presses("home.check")
    seller.is_at("check.title")
    subject = seller.page.get_by_text(seller.text(f"check.{name}"), exact=True)
    row = seller.page.locator(".findings li").filter(has=subject)
    expect(row.locator(".grade")).to_have_text(seller.text(f"check.grade_{grade}"))
    return row


def test_a_battery_that_the_chip_does_not_use_has_its_remedy(plug: Plug) -> None:
    """As a PCF8523 comes from its maker; that it works, tests/clock/test_clock_chips.py shows."""
    seller = plug(SimulatedKey(drive_folder(), unix_time=time.time(), clock=PCF8523))
    row = checks(seller, "battery", "bad")
    expect(row).to_contain_text(seller.text("check.battery_off"))
    expect(row).to_contain_text(seller.text("check.battery_use"))


def test_a_healthy_key_shows_no_warning(seller: Seller) -> None:
    """Neither for what the key cannot tell about itself, nor for having no lock."""
    seller.is_ready()
    checks(seller, "lock", "note")
    grades = set(seller.page.locator(".findings .grade").all_inner_texts())
    assert grades <= {seller.text("check.grade_good"), seller.text("check.grade_note")}


def worn(build: Callable[[Mapping[str, bytes]], object], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files` as an older version that says so, with one more that leaves 2 KB of the drive of `build`."""
    older = dict(files)
    del older["lib/totpkey_protocol/version.mpy"]
    own = older["source/totpkey_protocol/version.py"]
    older["lib/totpkey_protocol/version.py"] = own.replace(b'__version__ = "', b'__version__ = "0.')
    size = 0
    for step in (1 << bit for bit in reversed(range(12))):
        try:
            build({**older, "photo.raw": bytes((size + step) << 10)})
        except fat.VolumeFull:
            continue
        size += step
    return {**older, "photo.raw": bytes((size - 2) << 10)}


def copied(folder: Path) -> SimulatedKey:
    drive = BOARDS[BOARD].flash * MB - DRIVE_START
    files = fat.folder(drive_folder())
    files = worn(lambda files: fat.build(layout.on_a_key(files), drive), files)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return SimulatedKey(folder, BOARD, unix_time=time.time())


def of_an_image(_: Path) -> SimulatedKey:
    key = SimulatedKey(drive_folder(), BOARD, unix_time=time.time())
    files = worn(lambda files: layout.volume(files, BOARD), drive_files())
    key.flash = b"\xff" * DRIVE_START + layout.volume(files, BOARD)
    return key


@pytest.mark.parametrize(
    ("made", "again", "update"),
    [(copied, "copy_again", "copy_again"), (of_an_image, "install_again", "firmware_update")],
    ids=["copied", "image"],
)
def test_what_is_installed_anew_comes_by_a_way_that_the_key_takes_or_says_what_is_lost(
    made: Callable[[Path], SimulatedKey], again: str, update: str, plug: Plug, tmp_path: Path
) -> None:
    seller = plug(made(tmp_path / "drive"))
    expect(checks(seller, "drive", "bad")).to_contain_text(seller.text(f"check.{again}"))
    seller.goes_back()
    row = checks(seller, "firmware", "odd")
    expect(row).to_contain_text(seller.text("check.older"))
    expect(row.locator(".hint")).to_have_text(seller.text(f"check.{update}"))
