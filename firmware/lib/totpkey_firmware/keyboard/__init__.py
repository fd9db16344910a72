"""All that leads from a press to typed characters: what is typed, how fast, and whether it may be."""
