"""code.py of a key that types in the usual way.

It computes the code at the press and types it with adafruit_hid's layout.
"""

import board
import busio
import keypad
import supervisor
import usb_hid
from adafruit_hid.keyboard import Keyboard
from adafruit_hid.keyboard_layout_us import KeyboardLayoutUS

from totpkey_firmware.clock.ds3231 import DS3231
from totpkey_firmware.otp import hotp, time_step
from totpkey_firmware.platform import Bus
from totpkey_protocol.boards import BOARDS

SECRET = bytes(range(100, 132))

pins = BOARDS[board.board_id]
clock = DS3231(Bus(busio.I2C(getattr(board, pins.scl), getattr(board, pins.sda), frequency=400_000)))
keys = keypad.Keys((getattr(board, pins.button),), value_when_pressed=False)
while not supervisor.runtime.usb_connected:
    pass
layout = KeyboardLayoutUS(Keyboard(usb_hid.devices))
while True:
    event = keys.events.get()
    if event and event.pressed:
        layout.write(hotp("SHA1", SECRET, time_step(clock.read() or 0, 30), 6))
