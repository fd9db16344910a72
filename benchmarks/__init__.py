"""Measurements, separate from the tests: device time on the emulated chip, and ratios within one run."""
