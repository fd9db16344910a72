"""The test face: a board without accounts shows `totpkey board-test` what is wired to it.

It loads neither vault nor session, and setup loads nothing of it (docs/decisions/firmware.md).
"""
