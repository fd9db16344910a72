"""The key's own code. Nothing in here is imported by the host."""
