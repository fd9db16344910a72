"""Differences between Windows, macOS and Linux: standard streams, files, folders."""
