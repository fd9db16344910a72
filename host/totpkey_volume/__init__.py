"""What stands in a board's flash, and where: CircuitPython, its drive, the vault; UF2 files."""
