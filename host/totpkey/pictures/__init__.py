"""QR codes wherever they are: in picture files, on the screen, in the clipboard, before a camera."""
