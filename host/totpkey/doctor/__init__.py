"""What can be wrong, looked at one by one: rows of cause and remedy."""
