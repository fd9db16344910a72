"""PIN and passphrase: the computer's checks and key derivation."""
