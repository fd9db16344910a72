"""The key as a thing: its board, its case, builds from boards one can buy, and the clock chips compared."""
