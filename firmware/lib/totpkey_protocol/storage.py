"""The files of the store: made with the drive at full size by whatever builds it, then only overwritten."""

#: Below the root of the drive. On flash they share no erase sector with anything else.
FILES = ("vault/a/accounts.bin", "vault/b/accounts.bin")
#: Bytes of each.
SIZE = 32 * 1024
