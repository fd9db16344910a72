"""A comparison of clock chips: data with sources, and the consequences for a key that is never set again."""
