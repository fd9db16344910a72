"""Clock chips compared: data with their sources, and what follows for a key that is never set again."""
