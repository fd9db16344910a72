"""The vault: all that the key stores, sealed, and safe from power cuts (`docs/storage.md`).

`pages` keeps whole pages in flash, `siv` seals them, `locks` say who opens them, `records` are the
accounts in them; `vault` is what the rest of the firmware sees.
"""
