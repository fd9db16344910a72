"""The case of the board: shell, lid, button and light pipe, all from the board's own dimensions."""
