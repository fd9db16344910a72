"""Computers of several kinds at the other end of the cable: what reports become on their screens.

The characters come from real XKB keymaps, through libxkbcommon.
"""
