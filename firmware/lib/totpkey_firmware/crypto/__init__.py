"""Cryptographic primitives. They keep no state and know nothing of the rest of the firmware."""
