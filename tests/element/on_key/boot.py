"""boot.py for testing the driver alone: enable a serial port regardless of what is stored."""

import storage
import usb_cdc
import usb_hid
import usb_midi

storage.disable_usb_drive()
usb_midi.disable()
usb_hid.enable((usb_hid.Device.KEYBOARD,))
usb_cdc.enable(console=False, data=True)
