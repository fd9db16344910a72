"""Reads the exports of other authenticators: one file for each family of formats.

`importers.files.read` detects the format by the content. `importers.contents` has the result's types.
"""
