"""Reads files, pictures and links of other authenticators. It knows no program that uses it.

`jail.reader` reads files, `records.key_uri` links and setup keys, `pictures.qr` codes. They raise
`records.problem.Problem`, a code with fields.
"""
