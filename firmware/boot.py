"""Runs once after power-on or reset, before USB comes up: decides which face the key shows.

Everything is closed first, with nothing before it that could fail. Only then may the setup face be opened.
Prints nothing: that would cost a flash write at every change. No update replaces this file.
"""

import sys

import storage
import supervisor
import usb_cdc
import usb_hid
import usb_midi

storage.disable_usb_drive()
usb_cdc.disable()
usb_midi.disable()
usb_hid.enable((usb_hid.Device.KEYBOARD,))
supervisor.set_usb_identification("totpkey project", "totpkey")

import start  # noqa: E402

code = "code.py"
if start.in_second_slot():
    sys.path.insert(0, "/lib-b")
    code = "code-b.py"
# Should it end by an error that it cannot catch itself, CircuitPython starts it again, each time.
supervisor.set_next_code_file(code, reload_on_error=True, sticky_on_error=True)

from totpkey_firmware import faces  # noqa: E402

if faces.setup_wanted():
    usb_cdc.enable(console=False, data=True)
