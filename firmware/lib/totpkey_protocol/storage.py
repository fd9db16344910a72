"""The files of the store: made with the drive at full size by whatever builds it, then only overwritten."""

#: Below the root of the drive. On flash they share no erase sector with anything else.
FILES = ("vault/pages.bin",)
#: Places for pages in it, and bytes from one to the next: two pages never share an erase sector of 4 KB.
PAGES = 64
STRIDE = 8192
PAGE = 4096
#: Bytes of the file.
SIZE = PAGES * STRIDE
