"""Reads QR codes from picture files, the screen, the clipboard and a camera."""
