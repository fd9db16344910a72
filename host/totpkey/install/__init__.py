"""From a bare board to a key, and from one firmware to the next."""
