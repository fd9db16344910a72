"""Button, light and clock chip, through CircuitPython's own modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from virtual.tests.chip.conftest import MakeKey, start

pytestmark = pytest.mark.chip

KEYPAD = """
import board, digitalio, keypad
light = digitalio.DigitalInOut(board.LED)
light.switch_to_output()
keys = keypad.Keys((board.GP14,), value_when_pressed=False, pull=True)
while True:
    event = keys.events.get()
    if event:
        light.value = event.pressed
"""


def test_keypad_sees_the_button(make_key: MakeKey) -> None:
    key = make_key(KEYPAD)
    start(key)
    key.run(0.2)
    assert key.light == (0, 0, 0)

    key.set_button(True)
    assert key.run_until(lambda: key.light == (255, 255, 255), limit=0.1)
    key.set_button(False)
    assert key.run_until(lambda: key.light == (0, 0, 0), limit=0.1)


def test_a_neopixel_shows_its_color(make_key: MakeKey, neopixel_image: Path) -> None:
    code = """
import board, digitalio, neopixel_write, time
pixel = digitalio.DigitalInOut(board.NEOPIXEL)
pixel.switch_to_output()
while True:
    for color in ((1, 200, 30), (0, 0, 255)):
        neopixel_write.neopixel_write(pixel, bytes(color))
        time.sleep(0.1)
"""
    key = make_key(code, image=neopixel_image)
    start(key)

    for color in ((200, 1, 30), (0, 0, 255), (200, 1, 30)):  # sent as green, red, blue
        assert key.run_until(lambda: key.light == color, limit=0.3)  # noqa: B023 - called at once
