"""The files of the store: made with the drive at full size by whatever builds it, then only overwritten."""

#: Below the root of the drive. On flash they share no erase sector with anything else.
FILES = ("vault/pages.bin",)
#: Places for pages in it, and bytes from one to the next: two pages never share an erase sector of 4 KB.
PAGES = 64
STRIDE = 8192
PAGE = 4096
#: Where the first place begins; before it stands padding. In a file that begins F bytes into an erase sector
#: (0 to 3584, since FAT sectors are of 512) place p fills the sectors between START + p * STRIDE - F and
#: 2 * PAGE behind that, where F is 0 the first of these two alone. So none is one of place p + 1, the first
#: begins 4096 - F >= 512 bytes behind the begin of the file, and the last ends at SIZE - F, or before.
START = PAGE
#: Bytes of the file.
SIZE = START + PAGES * STRIDE
