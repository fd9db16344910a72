"""What lies where in a key's flash: the volume and its files, images of it, and CircuitPython before it."""
