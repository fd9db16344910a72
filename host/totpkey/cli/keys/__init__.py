"""Steps that several commands take with a connected key."""
