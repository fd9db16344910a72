"""Desktops with real keymaps, which turn a key's reports into text.

The keymaps are XKB's, through libxkbcommon or an X server.
"""
