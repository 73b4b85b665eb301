"""Texts as they are compared: full width, half width, case and blanks make no difference."""

import unicodedata

HIDDEN = "*"


def normalised(text: str) -> str:
    """Answers the text as it is compared: compatibility forms folded, lower case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
