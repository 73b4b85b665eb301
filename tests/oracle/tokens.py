"""Cuts a statement into words, numbers, texts, names in quotes, binds and signs."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "number", "text", "quoted", "bind", "sign", "end"]

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"[^"]*")
    |(?P<bind>(?<!:):(?:"[^"]*"|\w+)|__\[[^\]]*\])
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<word>[^\W\d][\w$\#]*)
    |(?P<sign>::|->>|->|@>|<@|\|\||<=|>=|<>|!=|~\*?|.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of a statement; words are in capitals."""

    kind: Kind
    text: str
    depth: int
    """How many parentheses are open around it; a parenthesis stands at the depth outside of it."""


END = Token("end", "", 0)


def tokens(statement: str) -> list[Token]:
    """Answers the pieces of a statement, and one that marks its end."""
    found: list[Token] = []
    depth = 0
    for match in _TOKEN.finditer(statement.strip().rstrip(";")):
        kind, text = match.lastgroup, match.group()
        if kind == "skip":
            continue
        if text == ")":
            depth -= 1
        found.append(Token(kind, text.upper() if kind == "word" else text, depth))  # pyright: ignore[reportArgumentType]  # the groups are the kinds
        if text == "(":
            depth += 1
    return [*found, END]
