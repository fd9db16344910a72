"""The key's own board: its parts, schematic and layout, and the files that a board house needs."""
