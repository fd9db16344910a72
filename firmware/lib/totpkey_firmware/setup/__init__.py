"""What the key does while it is set up: sessions of the protocol, and its commands.

Loaded in the setup face alone.
"""
