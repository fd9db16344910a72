"""A test of a new board: measures what needs no instruments, and asks a person for the rest."""
