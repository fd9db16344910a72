"""The journal of the codes that a key gave."""
