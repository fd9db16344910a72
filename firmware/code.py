"""Runs after boot.py: the key, started again should it fail."""

import microcontroller

try:
    from totpkey_firmware.loop import run

    run()
except Exception:
    # After any error restart closed (boot.py runs again), and show it with the light.
    try:
        from totpkey_firmware import restart_notes

        restart_notes.note_crash()
    finally:
        microcontroller.reset()
