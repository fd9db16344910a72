"""The commands. Each lies in the module of its name and is imported only when used.

Such a module (`list`, `time`) becomes an attribute of this package, so nothing else may live in this file.
"""
