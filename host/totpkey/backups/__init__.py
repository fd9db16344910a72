"""Backups: the file, and its page on paper."""
