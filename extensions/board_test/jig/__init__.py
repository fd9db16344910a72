"""A jig for the stick's board: its drawing, and the program of a second Pico as finger and plug."""
