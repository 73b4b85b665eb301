"""How a name is found by its sound: pinyin and initials, for every reading of the surname."""

import os

# Names are read character by character: without its table of phrases the library takes 12 MiB instead of 53. It looks at
# these two when it is imported.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

from pypinyin import Style, pinyin

LONGEST = 300


def readings(name: str) -> str:
    """Answer full pinyin and initials of a name in one line, such as `wangmin wm`.

    单, 曾, 仇 and others are read differently as surnames, and the library's first guess is the ordinary reading:
    the first character therefore counts with all of its readings.
    """
    syllables = pinyin(name, style=Style.NORMAL, heteronym=True, errors="ignore")
    if not syllables:
        return name.casefold()[:LONGEST]
    rest = [choices[0] for choices in syllables[1:]]
    found: list[str] = []
    for first in dict.fromkeys(syllables[0]):
        found += [first + "".join(rest), first[:1] + "".join(syllable[:1] for syllable in rest)]
    return " ".join(dict.fromkeys(found))[:LONGEST]
