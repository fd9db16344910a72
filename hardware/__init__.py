"""The key's hardware: board, case, and kits built from ready-made boards."""
