"""Measurements, apart from the tests: device time on the emulated chip, and ratios from one run."""
