"""Before USB comes up: one serial port for commands, under a name that is no key's."""

import supervisor
import usb_cdc

usb_cdc.enable(console=False, data=True)
supervisor.set_usb_identification("totpkey project", "totpkey finger")
