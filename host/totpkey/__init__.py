"""totpkey: the host side of an open hardware key that types one-time codes."""
