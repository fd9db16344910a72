"""The vault: all that the key stores, sealed, and safe from power cuts (`docs/storage.md`).

`store` keeps whole pages in flash, `crypto.siv` seals them, `locks` say who opens them, `records` are the
accounts in them; `vault` is what the rest of the firmware sees.
"""
