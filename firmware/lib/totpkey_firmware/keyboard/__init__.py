"""From a press to typed characters: what is typed, when, and whether it may be typed."""
