"""The files by which package managers install the command: a module for each, all from one definition."""
