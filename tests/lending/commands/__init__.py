"""The command that lends an account."""
