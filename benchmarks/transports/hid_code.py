"""Echo everything received; reply to 0xFF with the free memory."""

import gc

import supervisor
import usb_hid

device = next(each for each in usb_hid.devices if each.usage_page == 0xFF00)
while not supervisor.runtime.usb_connected:
    pass
gc.collect()
free = gc.mem_free().to_bytes(4, "little")  # type: ignore[attr-defined]
while True:
    report = device.get_last_received_report(4)
    if report:
        device.send_report(free + bytes(59) if report[0] == 0xFF else report, 4)
