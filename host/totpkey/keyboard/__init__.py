"""Keyboard layouts, and how fast a computer takes what a key types."""
