"""A few bytes of a published CircuitPython image, changed so that no program opens the key."""
