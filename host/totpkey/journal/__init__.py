"""The journal of the codes that a key gave: its chain of hashes, and what this computer saw of it."""
