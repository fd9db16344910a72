"""Keys without hardware: README.md says what is here."""
