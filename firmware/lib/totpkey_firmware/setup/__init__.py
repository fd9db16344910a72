"""The setup face: sessions of the protocol, and its commands. The everyday face does not load it."""
