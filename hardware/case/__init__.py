"""The board's case: shell, lid, button and light pipe, derived from the board's own dimensions."""
