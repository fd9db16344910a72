"""Reads a board's flash through its boot loader, which is in mask ROM and therefore cannot be replaced."""
