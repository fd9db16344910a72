"""The two files for the CIRCUITPY drive of the Pico in a jig: boot.py and main.py."""
