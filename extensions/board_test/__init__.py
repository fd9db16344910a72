"""The test of a new board, with its second board and its jig."""
