"""Enable a keyboard and a serial port for data."""

import storage
import usb_cdc
import usb_hid
import usb_midi

storage.disable_usb_drive()
usb_midi.disable()
usb_cdc.enable(console=False, data=True)
usb_hid.enable((usb_hid.Device.KEYBOARD,))
