"""The key's own board: its parts, its drawing, its layout, and what a board house needs of it."""
