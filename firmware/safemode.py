"""Runs when CircuitPython has stopped in safe mode by itself, before it opens drive and console.

A crash must not open the key: start afresh instead. A person's own request for safe mode (a second reset
while the key starts) never comes here; settings.toml closes that way where CircuitPython lets it (10.3).
"""

import microcontroller

try:
    from totpkey_firmware import restart_notes

    # The next start shows it with the light: a code may have been cut short.
    restart_notes.note_crash()
finally:
    microcontroller.reset()
