"""Keys without hardware: the simulator on CPython and the emulated chip, behind one face."""
