"""The files by which package managers install the command: all from one definition."""
