"""The command that shows the journal."""
