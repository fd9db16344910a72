"""The heap: CircuitPython moves nothing in it, so what stays for long shall not lie among garbage."""

import gc


def collect() -> None:
    """Take garbage away, so that what comes next lies close to what is there."""
    # CPython needs no such care, and takes far longer for it.
    if hasattr(gc, "mem_free"):
        gc.collect()
