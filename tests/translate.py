"""Translate the busiest code of each CircuitPython image that the tests use, unless that was done before.

`make setup` and `make test` run this. A key is set up, gets a PIN, types and waits, while the jumps of its
processor are counted. The tests on the emulated chip pass without it, and take twice as long.
"""

from __future__ import annotations

import time
from pathlib import Path

from tests.support.desk import AMAZON, Desk
from tests.support.images import sealed_images
from totpkey.install.drive import drive_folder
from totpkey_protocol import storage
from totpkey_virtual.chip import translations
from totpkey_virtual.chip.key import ChipKey
from totpkey_volume.circuitpython import has_fitting
from totpkey_volume.uf2 import flash_content

_PIN = "1234"


def play(image: Path) -> None:
    """Let a key do what keys do most of the time."""
    desk = Desk(ChipKey(image, drive_folder(), alone=storage.FILES))
    with desk.until_done(desk.first_set_up()) as client:
        client.add(AMAZON)
        client.set_pin(_PIN)
        client.list()
    desk.enter_pin(_PIN)
    desk.press()
    desk.key.run(2)


def translate(image: Path) -> None:
    """Do it for one image. Raises what the chip raises, and AssertionError if the key does not play."""
    content = flash_content(image.read_bytes(), 16 << 20)
    if not has_fitting(content) or translations.place({"flash": content}).exists():
        return
    begun = time.monotonic()
    with translations.counted() as jumps:
        play(image)
    jumps.translate()
    print(f"{image.stem}: its busiest code is translated, in {time.monotonic() - begun:.0f} s")


def main() -> None:
    for image in sealed_images():
        try:
            translate(image)
        except Exception as problem:  # noqa: BLE001 - the tests with this image will say what is wrong
            print(f"not translated, so the tests with {image.name} will be slow: {problem!r}")


if __name__ == "__main__":
    main()
