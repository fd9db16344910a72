"""Echo everything received; reply to 0xFF with the free memory."""

import gc

import supervisor
import usb_cdc

port = usb_cdc.data
assert port
port.timeout = 0
while not supervisor.runtime.usb_connected:
    pass
gc.collect()
free = gc.mem_free().to_bytes(4, "little")  # type: ignore[attr-defined]
while True:
    got = port.read(512)
    if got:
        port.write(free if got[0] == 0xFF else got)
