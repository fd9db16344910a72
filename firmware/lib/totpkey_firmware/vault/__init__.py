"""The vault: everything that the key stores, sealed, and safe from power cuts (`docs/reference/storage.md`).

`store` keeps whole pages in flash, `crypto.siv` seals them, `locks` decide who can open them, `records` are
the accounts in them. The rest of the firmware uses `keeper`, or `vault` in setup.
"""
