"""What can be wrong with a key and the computer it is plugged into: the checks of `totpkey doctor`."""
