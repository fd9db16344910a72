"""Rules of the firmware, weakened one by one: for each there is a test that fails."""
