"""Accounts out of the exports of other authenticators: one file for each family of formats.

`importers.files.read` finds the format by the content. What is read is in `importers.contents`.
"""
