"""The key's hardware: board, case, kits built from ready-made boards, and a comparison of clock chips."""
