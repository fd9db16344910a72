"""Entries as they are read: their fields, links and secrets, what became of each, and problems."""
