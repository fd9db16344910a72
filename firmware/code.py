"""Runs after boot.py: the key, started again should it fail."""

import microcontroller

try:
    from totpkey_firmware.loop import run

    run()
except Exception:
    # Whatever it was: come back closed (boot.py runs anew), and let the light tell.
    try:
        from totpkey_firmware import restart_notes

        restart_notes.note_crash()
    finally:
        microcontroller.reset()
