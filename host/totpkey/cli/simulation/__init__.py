"""A virtual key in the terminal: `totpkey simulate` and `totpkey demo`."""
