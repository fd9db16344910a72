"""Button, light and clock bus."""

from __future__ import annotations

import pytest

from virtual.tests.simulator.conftest import MakeKey

KEYS = """
import board, keypad, supervisor, time
keys = keypad.Keys((board.BUTTON,), value_when_pressed=False{options})
start = supervisor.ticks_ms()
while True:
    event = keys.events.get()
    if event: print(event.key_number, event.pressed, event.released, event.timestamp - start < 10000)
    time.sleep(0.001)
"""


def test_press_and_release_are_events(make_key: MakeKey) -> None:
    key = make_key(KEYS.format(options=""))
    key.run(5)
    key.press(0.1)
    key.run(0.1)
    assert key.console.splitlines()[-2:] == ["0 True False True", "0 False True True"]


def test_a_tap_between_two_samples_is_missed(make_key: MakeKey) -> None:
    key = make_key(KEYS.format(options=""))
    key.run(5)
    seen = 0
    for _ in range(8):
        key.press(0.005)
        key.run(0.0325)
        seen = key.console.count("0 True")
    assert 0 < seen < 8, "a 5 ms tap is seen only if a sample falls into it"


@pytest.mark.parametrize(("tap", "events"), [(0.03, 0), (0.05, 2)])
def test_the_debounce_threshold_asks_for_more_samples(make_key: MakeKey, tap: float, events: int) -> None:
    key = make_key(KEYS.format(options=", interval=0.01, debounce_threshold=5"))
    key.run(5)
    key.press(tap)
    key.run(0.2)
    assert key.console.count("0 True False") + key.console.count("0 False True") == events


def test_events_wait_in_a_queue_that_can_overflow(make_key: MakeKey) -> None:
    code = """
import board, keypad, time
keys = keypad.Keys((board.BUTTON,), value_when_pressed=False, max_events=3)
time.sleep(10)
event = keypad.Event()
print(len(keys.events), bool(keys.events), keys.events.overflowed, keys.events.get_into(event), event)
print(event == keypad.Event(0, True), {event: 1}[keypad.Event(0, True, 99)])
keys.events.clear()
print(len(keys.events), keys.events.overflowed, keys.events.get(), keys.events.get_into(event))
"""
    key = make_key(code)
    key.run(5)
    for _ in range(4):
        key.press(0.1)
        key.run(0.1)
    key.run(10)
    assert key.console.splitlines()[-3:] == [
        "3 True True True <Event: key_number 0 pressed>",
        "True 1",
        "0 False None False",
    ]


def test_reset_reports_a_held_key_again(make_key: MakeKey) -> None:
    code = """
import board, keypad, time
keys = keypad.Keys((board.BUTTON,), value_when_pressed=False)
time.sleep(3); keys.reset(); time.sleep(1); keys.reset()
print([keys.events.get().pressed for _ in range(len(keys.events))])
"""
    key = make_key(code)
    key.set_button(True)
    key.run(10)
    assert key.console.endswith("[True, True]\n")


def test_an_input_follows_its_pull_and_the_button(make_key: MakeKey) -> None:
    code = """
import board, digitalio, time
pin = digitalio.DigitalInOut(board.BUTTON)
pin.switch_to_input(digitalio.Pull.UP)
while True:
    print(pin.value, pin.direction)
    time.sleep(0.1)
"""
    key = make_key(code)
    key.run(5)
    assert key.console.splitlines()[-1] == "True digitalio.Direction.INPUT"
    key.set_button(True)
    key.run(0.2)
    assert key.console.splitlines()[-1] == "False digitalio.Direction.INPUT"


@pytest.mark.parametrize(
    ("board", "statements", "light"),
    [
        # A NeoPixel takes green first.
        ("adafruit_qt2040_trinkey", "pixel()", (20, 10, 30)),
        ("adafruit_qtpy_rp2040", "out(board.NEOPIXEL_POWER, True); pixel()", (20, 10, 30)),
        ("adafruit_qtpy_rp2040", "pixel()", (0, 0, 0)),
        # The light goes out with the run.
        ("adafruit_qt2040_trinkey", "pixel(); raise SystemExit", (0, 0, 0)),
        ("raspberry_pi_pico", "out(board.LED, True)", (255, 255, 255)),
        ("raspberry_pi_pico", "out(board.LED, False)", (0, 0, 0)),
        ("raspberry_pi_pico", "pwm(board.LED, 32768)", (127, 127, 127)),
        ("pimoroni_tiny2040", "out(board.LED_R, False); out(board.LED_B, True)", (255, 0, 0)),
        ("pimoroni_tiny2040", "", (0, 0, 0)),
    ],
)
def test_what_lights_up(make_key: MakeKey, board: str, statements: str, light: tuple[int, int, int]) -> None:
    code = f"""
import board, digitalio, neopixel_write, pwmio, time
held = []
def out(pin, value):
    held.append(digitalio.DigitalInOut(pin))
    held[-1].switch_to_output(value)
def pwm(pin, duty): pwmio.PWMOut(pin, duty_cycle=duty)
def pixel():
    out(board.NEOPIXEL, False)
    neopixel_write.neopixel_write(held[-1], bytes((10, 20, 30)))
{statements}
time.sleep(60)
"""
    key = make_key(code, board=board)
    key.run(5)
    assert key.light == light
    key.unplug()
    assert key.light == (0, 0, 0)


# Clock bus

BUS = """
import board, busio, time
bus = busio.I2C(board.SCL, board.SDA)
print(bus.try_lock(), bus.try_lock())
"""


def test_a_missing_chip_is_errno_19(make_key: MakeKey) -> None:
    key = make_key(BUS + "print(bus.scan())\nbus.writeto(0x68, b'')")
    key.wiring.clock_answers = False
    key.run(10)
    assert "[]\n" in key.console
    assert "OSError: [Errno 19]" in key.console


def test_a_bus_without_pull_ups(make_key: MakeKey) -> None:
    key = make_key(BUS)
    key.wiring.pull_ups = False
    key.run(10)
    assert "RuntimeError: No pull up found on SDA or SCL" in key.console
