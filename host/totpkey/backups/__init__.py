"""Backups: the file, the note on when it was made, the page on paper, and its passphrase."""
