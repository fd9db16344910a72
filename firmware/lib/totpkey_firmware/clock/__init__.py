"""Time without a host: the clock chip, and the key's time derived from it."""
