"""This computer's clock, the key's clock, and their difference."""
