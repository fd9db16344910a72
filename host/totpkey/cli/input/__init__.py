"""What people give to a command: answers, secrets, files, pictures."""
