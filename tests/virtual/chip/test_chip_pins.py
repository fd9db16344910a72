"""Button, light and clock chip, through CircuitPython's own modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.virtual.chip.conftest import ANSWERING, SETUP, MakeKey, answers, start

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
BUS = (
    ANSWERING
    + """
import board, busio
bus = busio.I2C(board.GP5, board.GP4)
while not bus.try_lock():
    pass
"""
)


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


def test_the_clock_chip_is_alone_on_the_bus(make_key: MakeKey) -> None:
    key = make_key(BUS + "say(bus.scan())", SETUP)
    start(key)

    assert answers(key, 1) == ["[104]"]


def test_a_missing_chip_is_noticed_at_once(make_key: MakeKey) -> None:
    code = (
        BUS
        + """
import supervisor
started = supervisor.ticks_ms()
try:
    bus.writeto(0x50, b"x")
except OSError as problem:
    took = supervisor.ticks_ms() - started
    say((problem.errno, took < 5))
"""
    )
    key = make_key(code, SETUP)
    start(key)

    assert answers(key, 1) == ["(19, True)"]


def test_clock_registers_are_written_and_read_over_the_bus(make_key: MakeKey) -> None:
    code = (
        BUS
        + """
read = bytearray(7)
bus.writeto(0x68, bytes((0, 0x30, 0x59, 0x23, 4, 0x31, 0x12, 0x26)))
bus.writeto_then_readfrom(0x68, b"\\x00", read)
say(bytes(read).hex())
import time
time.sleep(2)
bus.writeto_then_readfrom(0x68, b"\\x00", read, in_end=1)
say(read[0])
"""
    )
    key = make_key(code, SETUP)
    start(key)

    assert answers(key, 2) == ["'30592304311226'", str(0x32)]
