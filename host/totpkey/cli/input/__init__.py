"""A command's input: answers, secrets, files, pictures."""
