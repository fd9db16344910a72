"""Enable a keyboard and a vendor-defined HID device with 63-byte reports in both directions."""

import storage
import usb_cdc
import usb_hid
import usb_midi

storage.disable_usb_drive()
usb_cdc.disable()
usb_midi.disable()
#: Report 4: 63 bytes in, 63 bytes out.
_VENDOR = bytes.fromhex("0600ff0901a1018504150026ff007508953f09028102953f09039102c0")
_RAW = usb_hid.Device(
    report_descriptor=_VENDOR,
    usage_page=0xFF00,
    usage=0x01,
    report_ids=(4,),
    in_report_lengths=(63,),
    out_report_lengths=(63,),
)
usb_hid.enable((usb_hid.Device.KEYBOARD, _RAW))
