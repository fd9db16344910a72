"""Pages in flash that survive power cuts (`docs/storage.md`). It knows no cryptography and no accounts."""
