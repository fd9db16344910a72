"""Pictures of the screen, the clipboard and the camera."""
