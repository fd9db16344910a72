"""The heap: CircuitPython moves nothing in it, so what stays for long shall not lie among garbage."""

import gc
import sys

#: In bytes: enough for a PIN or a key pair, and leaves the rest for a display.
_ROOM = 12_288
#: Modules that few commands want, in the order in which they can be forgotten. Each is loaded where it is
#: used, and nothing else holds on to one.
_SPARE = (
    "totpkey_firmware.setup.commands.clock",
    "totpkey_firmware.setup.clock_setting",
    "totpkey_firmware.clock.drift",
    "totpkey_firmware.clock.search",
    "totpkey_firmware.setup.firmware_slots",
)


def collect() -> None:
    """Take garbage away, so that what comes next lies close to what is there."""
    # CPython needs no such care, and takes far longer for it.
    if hasattr(gc, "mem_free"):
        gc.collect()


def make_room() -> None:
    """Have some memory free in one piece: where there is none, the heap grows, if it still can.

    Long arithmetic wants it: in a heap that is nearly full, garbage is collected again and again before the
    heap grows, and what takes a second takes ten.
    """
    forget_spare()
    try:
        bytearray(_ROOM)
    except MemoryError:
        pass


def forget(modules: "tuple[str, ...]") -> None:
    """Give back the memory of modules; they are loaded anew when they are wanted."""
    for name in modules:
        if name in sys.modules:
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            delattr(sys.modules[parent], child)


def forget_spare() -> None:
    """Give back what few commands want, so that no command finds less memory for what came before it."""
    forget(_SPARE)
