"""Virtual keys: the simulator on CPython and the emulated chip, behind one interface."""
