"""This computer's clock, the key's, and the difference between them."""
