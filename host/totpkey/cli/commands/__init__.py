"""The commands. Each is in the module of its name, or of its family, which is imported only on use.

A module such as `list` or `time` becomes an attribute of this package and would shadow the built-in or
imported name, so this file must contain nothing else.
"""
