"""Pages in flash that survive power cuts (`docs/reference/storage.md`). Without cryptography and accounts."""
