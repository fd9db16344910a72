"""The heap. CircuitPython moves nothing in it, so keep long-lived objects away from garbage."""

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: For what is needed for a moment only: who uses it calls nobody meanwhile.
SCRATCH = memoryview(bytearray(512))
#: In bytes. Two such pieces hardly fit before the heap has grown, and one fits into what it grows by.
_ROOM = 12_288
#: In words: nine blocks, one more than a hash. A gap that has no room for so much is a small one.
_PIECE = 36
#: What the build makes: a module with the names of all that setup loads now and then.
_NAMES = "totpkey_firmware.names"


def collect() -> None:
    """Take garbage away, so that what comes next lies close to what is there."""
    # CPython needs no such care, and takes far longer for it.
    if hasattr(gc, "mem_free"):
        gc.collect()


def make_room() -> "slice | None":
    """Before long arithmetic, whose caller keeps what this returns until it is done.

    In a heap that is nearly full, garbage is collected again and again before the heap grows, and what takes
    a second takes ten: so it grows now, if it still can. CircuitPython looks for each piece of more than one
    block from the first small gap on, which is a third of that second: so the first ones are filled.
    """
    filled: "slice | None" = None
    if hasattr(gc, "mem_free"):
        gc.collect()
        piece = 0
        try:
            piece = id((None,) * _PIECE)
            _ = bytearray(_ROOM), bytearray(_ROOM)
        except MemoryError:
            pass
        # An address, and an object of one block that keeps the one before it.
        while id(filled) < piece:
            filled = slice(filled)
    return filled


def prepare(count: int) -> None:
    """Have room for so many modules, and all their names, before the heap is in pieces.

    CircuitPython's table of modules grows as a whole: the 74th needs 776 bytes in one piece. It keeps each
    name forever: met now they lie close together, later they would break up what a module leaves behind.
    """
    if hasattr(gc, "mem_free"):
        modules: "dict[Any, Any]" = sys.modules
        added = list(range(max(count - len(modules), 0)))
        for number in added:
            modules[number] = None
        for number in added:
            del modules[number]
        load(_NAMES)
        forget((_NAMES,))
        collect()


def load(module: str) -> "Any":
    """A module by its whole name."""
    __import__(module)
    return sys.modules[module]


def forget(modules: "tuple[str, ...] | list[str]") -> None:
    """Free the memory of modules. They are loaded again when needed."""
    for name in modules:
        if name in sys.modules:
            del sys.modules[name]
            parent, _, child = name.rpartition(".")
            delattr(sys.modules[parent], child)
