"""Talking to a key: finding it, the serial line, requests and replies."""
