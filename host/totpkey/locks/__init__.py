"""What opens a locked key: PIN and passphrase, as the computer checks and derives them."""
