"""What a name is found by: pinyin for order and prefix, pieces for the search index.

Pieces of a record, each a short word in the search index:
  `张伟` two characters side by side · `^张` the first character · `~zhangwei` two syllables side by side
  `#zw` initials from the start
A question is turned into the same pieces, and a record must have all of them.
"""

import os
from functools import cache, lru_cache

# Names are read character by character: without its table of phrases the library takes 12 MiB instead of 53. It looks at
# these two when it is imported.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

from pypinyin import Style, pinyin

from customer.domain.words import normalised

# Characters read otherwise as a surname; the general reading would put 单 beside 丹.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "任": "ren", "区": "ou", "查": "zha", "朴": "piao",
    "盖": "ge", "乐": "yue", "覃": "qin", "冼": "xian", "缪": "miao", "翟": "zhai", "种": "chong", "燕": "yan",
    "华": "hua", "召": "shao", "员": "yun", "繁": "po", "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun",
}  # fmt: skip
_LONGEST_INITIALS = 8
_LONGEST_PERSON = 4
_LONGEST_SYLLABLE = 6


@cache
def readings(letter: str) -> tuple[str, ...]:
    """Answers the readings of one character without tones, the usual one first; a letter or digit reads as itself."""
    if letter.isascii():
        return (letter,) if letter.isalnum() else ("",)
    # The usual reading comes from the plain call; heteronym alone does not say which one is usual.
    usual = pinyin(letter, style=Style.NORMAL)[0][0]
    others = pinyin(letter, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(reading.casefold() for reading in (usual, *others) if reading.isascii()))[:3] or ("",)


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """Answers the name in pinyin, for order and for finding by its beginning."""
    return "".join(_syllables(letters_of(name)))[:200] or "~"


@lru_cache(maxsize=20_000)
def name_pieces(name: str) -> str:
    """Answers the pieces a customer is found by, with blanks between."""
    letters = letters_of(name)
    syllables = _syllables(letters)
    initials = "".join(syllable[:1] for syllable in syllables)
    pieces = {letters[at : at + 2] for at in range(len(letters) - 1)}
    pieces |= {"^" + letters[:1]} if letters else set()
    pieces |= {"#" + initials[:end] for end in range(2, min(len(initials), _LONGEST_INITIALS) + 1)}
    for at in range(len(letters) - 1):
        pieces |= _pairs(letters, syllables, at)
    return " ".join(sorted(pieces))


def first_readings(letter: str) -> list[str]:
    """Answers how a name that begins with this character may begin in pinyin: as a surname, and as a word."""
    begins = {_SURNAMES.get(letter, ""), readings(letter)[0]}
    begins |= {reading for word, reading in _SURNAMES.items() if len(word) > 1 and word[0] == letter}
    # One that begins with another is found with it.
    return sorted(
        begin
        for begin in begins
        if begin and not any(begin != other and begin.startswith(other) for other in begins if other)
    )


def tail(number: str | None) -> str | None:
    """Answers the last four characters of a number, by which it is found."""
    return number[-4:] if number and len(number) >= 4 else None


def letters_of(name: str) -> str:
    """Answers the letters and digits of a name as they are compared; marks and blanks are left out."""
    return "".join(letter for letter in normalised(name) if letter.isalnum())


def _pairs(letters: str, syllables: list[str], at: int) -> set[str]:
    """Answers two syllables side by side, in every reading of the two characters."""
    firsts, seconds = {syllables[at], *readings(letters[at])}, {syllables[at + 1], *readings(letters[at + 1])}
    return {f"~{first}{second}" for first in firsts for second in seconds if first and second}


def _syllables(letters: str) -> list[str]:
    for length in (2, 1):
        surname = _SURNAMES.get(letters[:length])
        if surname and length < len(letters) <= _LONGEST_PERSON:
            rest = [readings(letter)[0] for letter in letters[length:]]
            return [surname, *([""] * (length - 1)), *rest]
    return [readings(letter)[0] for letter in letters]


def syllables_in(letters: str) -> list[str]:
    """Splits pinyin written together, such as `zhangwei`, the longest syllable first; empty when it does not split."""
    for end in range(min(len(letters), _LONGEST_SYLLABLE), 0, -1):
        if letters[:end] not in _all_syllables():
            continue
        if end == len(letters):
            return [letters]
        rest = syllables_in(letters[end:])
        if rest:
            return [letters[:end], *rest]
    return []


@cache
def _all_syllables() -> frozenset[str]:
    # The 3,755 everyday characters of GB 2312 have every syllable that names are written with.
    everyday = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    letters = (pair.decode("gb2312", errors="ignore") for pair in everyday)
    return frozenset(readings(letter)[0] for letter in letters if letter) - {""}
