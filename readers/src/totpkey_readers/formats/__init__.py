"""One file for each family of formats. `files.read` recognises a format by the content."""
