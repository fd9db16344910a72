"""Accounts that are lent by a file: the texts of card and file (docs/concepts/lend-file.md)."""
