"""Time with no host: the clock chip and the time that the key keeps from it."""
