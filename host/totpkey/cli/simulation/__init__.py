"""A key without hardware in the terminal: `totpkey simulate` and `totpkey demo`."""
