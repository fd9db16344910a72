"""Where the firmware lies on a drive that can be updated: two slots, and for each a seal when it is whole.

A slot is a folder in the root whose whole tree lies in one preallocated file, so that it can be replaced in
place. boot.py, which an update never touches, knows this format too.
"""

#: For each slot its name, its folder of modules and the file that this lies in.
SLOTS = (("a", "lib", "slots/a.bin"), ("b", "lib-b", "slots/b.bin"))
#: Bytes of such a file, and of the pages that are erased and written at once.
SIZE = 192 * 1024
PAGE = 4096
#: One page for each slot, at this distance: so they share no flash sector, wherever the file begins.
SEALS = "slots/seals.bin"
STRIDE = 8192
#: magic, sequence number, bytes of the slot in use, their SHA-256; then the CRC-32 of these. Little-endian.
SEAL = "<4sII32s"
SEAL_SIZE = 44
MAGIC = b"TPKF"
#: Changes when what boot.py and the layout of the drive promise to the firmware does, or the format of the
#: vault's pages.
LAYOUT = 3
#: For a key whose drive was copied file by file, and has no slots.
NONE = "none"


def other(slot: str) -> str:
    """The slot that is not in use while `slot` is."""
    return SLOTS[1][0] if slot == SLOTS[0][0] else SLOTS[0][0]


def number(slot: str) -> int:
    """The slot's place in `SLOTS`."""
    return 0 if slot == SLOTS[0][0] else 1
