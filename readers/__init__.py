"""Files and pictures of other apps: README.md says what is here."""
