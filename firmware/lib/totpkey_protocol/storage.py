"""The files of the store. The drive is built with them at full size, and later they are only overwritten."""

#: Paths below the root of the drive. In flash these files share no erase sector with anything else.
FILES = ("vault/pages.bin",)
#: The places for pages in the file, and the bytes from one to the next, so that no two pages share an erase
#: sector of 4 KB.
PAGES = 64
STRIDE = 8192
PAGE = 4096
#: Where the first place begins, after padding. Suppose the file begins F bytes into an erase sector (0 to
#: 3584, because FAT sectors have 512 bytes). Then place p is in the two sectors from START + p * STRIDE - F
#: on, or only in the first of them if F is 0. So it shares none with place p + 1. The first sector begins
#: 4096 - F >= 512 bytes after the start of the file, and the last one ends at SIZE - F or before.
START = PAGE
#: The size of the file in bytes.
SIZE = START + PAGES * STRIDE
