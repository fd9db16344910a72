"""What commands do with a key that is connected."""
