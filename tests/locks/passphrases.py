"""Passphrases that are too easy, and such as are not."""

#: Twelve characters and more that are guessed early, and some that are not.
EASY = [
    "aaaaaaaaaaaa",
    "password1234",
    "qwertyuiop12",
    "hunter2 2024",
    "密码" * 6,
    "abcdefghijkl",
    "201020112012",
]


GOOD = [
    "correct horse battery staple",
    "gaoxing dianhua pingguo mifan",
    "čtyři náhodná slova",
    "Seven tall ships left for Lima; none of my cousins, oddly enough, wanted to sail on that day",
]
