"""Keyboard layouts, and the speed at which a computer accepts a key's typing."""
