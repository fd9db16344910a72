"""The firmware on a drive that can be updated: two slots, each with a seal once it is complete.

A slot is a folder in the root whose whole tree is inside one preallocated file, so that it can be replaced in
place. boot.py, which an update never changes, also knows this format.
"""

#: For each slot its name, its folder of modules, and the file that contains the folder.
SLOTS = (("a", "lib", "slots/a.bin"), ("b", "lib-b", "slots/b.bin"))
#: The size of such a file in bytes, and of the pages that are erased and written at once.
SIZE = 192 * 1024
PAGE = 4096
#: One page for each slot, at this distance. So they share no flash sector, wherever the file begins.
SEALS = "slots/seals.bin"
STRIDE = 8192
#: magic, sequence number, length of the slot's content, its SHA-256; then the CRC-32 of these. Little-endian.
SEAL = "<4sII32s"
SEAL_SIZE = 44
MAGIC = b"TPKF"
#: The version of what boot.py and the drive's layout promise to the firmware, and of the format of the
#: vault's pages.
LAYOUT = 3
#: For a drive without slots, because it was copied file by file.
NONE = "none"


def other(slot: str) -> str:
    """The other slot than `slot`."""
    return SLOTS[1][0] if slot == SLOTS[0][0] else SLOTS[0][0]


def number(slot: str) -> int:
    """The slot's place in `SLOTS`."""
    return 0 if slot == SLOTS[0][0] else 1
