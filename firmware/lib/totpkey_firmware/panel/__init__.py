"""The button, the light and the display: everything that a person touches and sees."""
