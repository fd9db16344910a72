"""The syllables of Mandarin in pinyin, without tones: what Chinese words are typed with.

Left out are those with ü, which keyboards lack, and a few that dictionaries give to interjections alone.
"""

from __future__ import annotations

#: Finals, and the initials that each goes with. A dash: the syllable begins with none.
_FINALS = """
a - b p m f d t n l g k h zh ch sh z c s
o - b p m f
e - m d t n l g k h zh ch sh r z c s
ai - b p m d t n l g k h zh ch sh z c s
ei b p m f d n l g h sh z
ao - b p m d t n l g k h zh ch sh r z c s
ou - p m f d t n l g k h zh ch sh r z c s
an - b p m f d t n l g k h zh ch sh r z c s
en - b p m f n g k h zh ch sh r z c s
ang - b p m f d t n l g k h zh ch sh r z c s
eng b p m f d t n l g k h zh ch sh r z c s
ong d t n l g k h zh ch r z c s
er -
i b p m d t n l j q x zh ch sh r z c s y
ia l j q x
ie b p m d t n l j q x
iao b p m d t n l j q x
iu m d n l j q x
ian b p m d t n l j q x
in b p m n l j q x y
iang n l j q x
ing b p m d t n l j q x y
iong j q x
u b p m f d t n l g k h zh ch sh r z c s j q x w y
ua g k h zh sh
uo d t n l g k h zh ch sh r z c s
uai g k h zh ch sh
ui d t g k h zh ch sh r z c s
uan d t n l g k h zh ch sh r z c s j q x y
un d t l g k h zh ch sh r z c s j q x y
uang g k h zh ch sh
ue j q x y
ya -
ye -
yao -
you -
yan -
yang -
yong -
wa -
wo -
wai -
wei -
wan -
wen -
wang -
weng -
"""


def _syllables() -> tuple[str, ...]:
    found = []
    for line in _FINALS.split("\n"):
        final, *initials = line.split() or [""]
        found += [final if initial == "-" else initial + final for initial in initials]
    return tuple(sorted(found))


SYLLABLES = _syllables()
