"""Our own lint of statements for Oracle 19c: what a grammar lets pass, and what fails or misbehaves only when it runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.oracle.dialect import LONGEST_NAME
from tests.oracle.tokens import END, Token, tokens
from tests.oracle.words import BEFORE_PARENTHESIS, FUNCTIONS, NAMES_ONLY, RESERVED, TYPES

Tokens = list[Token]
Found = Iterator[str]

COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "LIKE", "IN", "BETWEEN", "IS"})
SIGNS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "||", "+", "-", "*", "/", "(", ")", ",", "."})
SETS = frozenset({"UNION", "MINUS", "INTERSECT", "EXCEPT"})
_ENDS_CONDITION = SETS | {"AND", "OR", "THEN", "GROUP", "ORDER", "FETCH", "OFFSET", "FOR", "HAVING", ")", "", "WHERE"} | {
    "LEFT", "RIGHT", "FULL", "CROSS", "INNER", "JOIN", "ELSE", "WHEN", ",",
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Finding:
    """What Oracle would not take, or take otherwise."""

    rule: str
    detail: str


def findings(statement: str) -> list[Finding]:
    """Answers what is wrong with a statement, each thing once; empty when Oracle could run it as far as we know."""
    pieces = tokens(statement)
    return sorted({Finding(name, detail) for name, rule in RULES.items() for detail in rule(pieces)})


def _words(pieces: Tokens) -> list[str]:
    return [piece.text if piece.kind in {"word", "sign"} else "" for piece in pieces]


def _sequence(*wanted: str) -> Callable[[Tokens], Found]:
    """A rule against words that follow one another."""

    def rule(pieces: Tokens) -> Found:
        words = _words(pieces)
        for at in range(len(words) - len(wanted) + 1):
            if words[at : at + len(wanted)] == list(wanted):
                yield " ".join(wanted)

    return rule


def _before(pieces: Tokens, at: int) -> Token:
    return pieces[at - 1] if at else END


def long_name(pieces: Tokens) -> Found:
    """Names longer than 30 bytes, which SQLAlchemy does not cut."""
    for piece in pieces:
        name = piece.text.strip('"')
        if piece.kind in {"word", "quoted"} and len(name.encode()) > LONGEST_NAME:
            yield name


def reserved_word(pieces: Tokens) -> Found:
    """Reserved words where a name stands, without quotes: SQLAlchemy's list of them is not Oracle's."""
    table = [piece.text for piece in pieces[:2]] == ["CREATE", "TABLE"]
    columns_end = len(pieces) if table else _end_of_list(pieces) if pieces[0].text == "INSERT" else 0
    for at, piece in enumerate(pieces):
        if piece.kind != "word" or piece.text not in RESERVED or pieces[1].text == "SEQUENCE":
            continue
        before, after = _before(pieces, at).text, pieces[at + 1].text
        if piece.text == "ADD" and pieces[0].text == "ALTER":
            continue
        alias = before == "AS" and after not in {"(", "SELECT"} and not _in_cast(pieces, at)
        first = at < columns_end and piece.depth == 1 and before in {"(", ","} and after not in {"(", "SELECT"}
        if piece.text in NAMES_ONLY or alias or before in {".", "TABLE", "INTO"} or first:
            yield piece.text


def _end_of_list(pieces: Tokens) -> int:
    return next((at for at, piece in enumerate(pieces) if piece.text == ")"), 0)


def _in_cast(pieces: Tokens, at: int) -> bool:
    """Tells whether the innermost open parenthesis before a place is that of a CAST."""
    for back in range(at - 1, 0, -1):
        if pieces[back].text == "(" and pieces[back].depth == pieces[at].depth - 1:
            return pieces[back - 1].text == "CAST"
    return False


def type_name(pieces: Tokens) -> Found:
    """Types of a column or CAST that Oracle 19c has not, or that mean something else there."""
    for at, piece in enumerate(pieces):
        cast = piece.text == "AS" and piece.kind == "word" and _in_cast(pieces, at)
        if cast and pieces[at + 1].text not in TYPES:
            yield pieces[at + 1].text
    yield from (word for word in _column_types(pieces) if word not in TYPES)


def _column_types(pieces: Tokens) -> Found:
    if pieces[0].text != "CREATE" or "TABLE" not in _words(pieces[:5]):
        return
    for at, piece in enumerate(pieces):
        starts = piece.depth == 1 and _before(pieces, at).text in {"(", ","} and piece.kind in {"word", "quoted"}
        if starts and piece.text not in {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}:
            yield pieces[at + 1].text


def wide_text(pieces: Tokens) -> Found:
    """VARCHAR2 of more than 4000 characters: the limit where MAX_STRING_SIZE is STANDARD."""
    for at, piece in enumerate(pieces):
        if piece.text in {"VARCHAR2", "CHAR"} and pieces[at + 1].text == "(" and pieces[at + 2].kind == "number":
            length = int(pieces[at + 2].text)
            if length > (4000 if piece.text == "VARCHAR2" else 2000):
                yield f"{piece.text}({length})"


def locked_page(pieces: Tokens) -> Found:
    """FETCH FIRST with FOR UPDATE: parsed, then refused when it runs (ORA-02014)."""
    words = _words(pieces)
    if "FETCH" in words and any(words[at : at + 2] == ["FOR", "UPDATE"] for at in range(len(words))):
        yield "FETCH FIRST … FOR UPDATE"


def bare_boolean(pieces: Tokens) -> Found:
    """A value where a condition must stand; 19c has no truth values in SQL."""
    between: list[int] = []
    for at, piece in enumerate(pieces):
        if piece.kind != "word":
            continue
        if piece.text in {"TRUE", "FALSE"}:
            yield piece.text
        if piece.text == "BETWEEN":
            between.append(piece.depth)
        elif piece.text == "AND" and between and between[-1] == piece.depth:
            between.pop()
        elif piece.text == "IS" and pieces[at + 1 + (pieces[at + 1].text == "NOT")].text != "NULL":
            yield f"IS {pieces[at + 1].text}"
        elif piece.text in {"WHERE", "AND", "OR", "NOT", "ON", "HAVING"} or _searched(pieces, at):
            yield from _alone(pieces, at)


def _searched(pieces: Tokens, at: int) -> bool:
    """Tells whether this WHEN has a condition: that of `CASE x WHEN` has a value."""
    if pieces[at].text != "WHEN":
        return False
    for back in range(at - 1, -1, -1):
        if pieces[back].text == "CASE" and pieces[back].depth == pieces[at].depth:
            return pieces[back + 1].text == "WHEN"
    return False


def _alone(pieces: Tokens, at: int) -> Found:
    after = at + 1
    while pieces[after].text == "(":
        after += 1
    start = after
    if pieces[after].kind not in {"word", "quoted", "number", "bind"} or pieces[after].text in {
        "NOT",
        "EXISTS",
        "NULL",
    }:
        return
    while pieces[after + 1].text == ".":
        after += 2
    condition = pieces[at].text != "ON" or (pieces[0].text != "CREATE" and pieces[at - 1].text != "DISTINCT")
    if condition and pieces[after + 1].text in _ENDS_CONDITION:
        yield " ".join([pieces[at].text, "".join(piece.text for piece in pieces[start : after + 1])])


def boolean_column(pieces: Tokens) -> Found:
    """A condition in the list of a SELECT."""
    for at, piece in enumerate(pieces):
        if piece.text == "SELECT" and piece.kind == "word":
            yield from _conditions_listed(pieces, at + 1, piece.depth)


def _conditions_listed(pieces: Tokens, at: int, depth: int) -> Found:
    cases = 0
    while pieces[at].kind != "end" and pieces[at].depth >= depth:
        piece = pieces[at]
        if piece.depth == depth and piece.kind in {"word", "sign"}:
            if piece.text == "FROM" or piece.text in SETS:
                return
            cases += (piece.text == "CASE") - (piece.text == "END")
            if not cases and piece.text in COMPARISONS | {"EXISTS"}:
                yield f"SELECT … {piece.text} …"
        at += 1


def empty_text(pieces: Tokens) -> Found:
    """Comparison with the empty text, which is NULL: never true."""
    for at, piece in enumerate(pieces):
        if piece.text == "''" and {_before(pieces, at).text, pieces[at + 1].text} & {"=", "<>", "!=", "LIKE", ">", "<"}:
            yield "''"


def no_from(pieces: Tokens) -> Found:
    """SELECT without FROM; 19c needs DUAL."""
    for at, piece in enumerate(pieces):
        if piece.text != "SELECT" or piece.kind != "word":
            continue
        rest = at + 1
        while pieces[rest].kind != "end" and pieces[rest].depth >= piece.depth:
            if pieces[rest].depth == piece.depth and pieces[rest].text in SETS | {"FROM"}:
                break
            rest += 1
        if pieces[rest].text != "FROM":
            yield "SELECT without FROM"


def returning(pieces: Tokens) -> Found:
    """RETURNING without INTO; in JSON_OBJECT the word names a type."""
    words = _words(pieces)
    for at, piece in enumerate(pieces):
        if piece.text == "RETURNING" and piece.depth == 0 and "INTO" not in words[at:]:
            yield "RETURNING without INTO"


def row_list(pieces: Tokens) -> Found:
    """More than one row behind VALUES, and VALUES as a table."""
    for at, piece in enumerate(pieces):
        if piece.text != "VALUES" or piece.kind != "word":
            continue
        if piece.depth or _before(pieces, at).text == "FROM":
            yield "VALUES as a table"
        neighbours = zip(pieces[at:], pieces[at + 1 :], strict=False)
        if any(a.text == ")" and b.text == "," and a.depth == piece.depth for a, b in neighbours):
            yield "VALUES of several rows"


def function(pieces: Tokens) -> Found:
    """Functions that are not on the list of those Oracle has."""
    for at, piece in enumerate(pieces[:-1]):
        if piece.kind != "word" or pieces[at + 1].text != "(":
            continue
        named = _before(pieces, at).text in {"INTO", "TABLE", "REFERENCES", "ON", "WITH", "UPDATE", "."}
        if not named and piece.text not in FUNCTIONS | BEFORE_PARENTHESIS | TYPES:
            yield piece.text


def sign(pieces: Tokens) -> Found:
    """Operators Oracle has not, and casts by `::`."""
    yield from (piece.text for piece in pieces if piece.kind == "sign" and piece.text not in SIGNS)


def table_alias(pieces: Tokens) -> Found:
    """AS before the other name of a table."""
    for at, piece in enumerate(pieces):
        if piece.text == "AS" and at >= 2 and pieces[at - 2].text in {"FROM", "JOIN", "UPDATE", "INTO"}:
            yield f"{pieces[at - 1].text} AS"


def update_from(pieces: Tokens) -> Found:
    """UPDATE … FROM and DELETE … USING."""
    first, words = pieces[0].text, [piece.text for piece in pieces if piece.depth == 0 and piece.kind == "word"]
    if (first == "UPDATE" and "FROM" in words) or (first == "DELETE" and "USING" in words):
        yield f"{first} of joined tables"


def merge_key(pieces: Tokens) -> Found:
    """MERGE that writes a column of its own ON condition: refused when it runs (ORA-38104)."""
    words = _words(pieces)
    if words[0] != "MERGE" or "ON" not in words or "SET" not in words:
        return
    on = next((at for at, piece in enumerate(pieces) if piece.text == "ON" and piece.depth == 0), 0)
    matched, target = words.index("WHEN", on), words[3]
    named = {words[at + 2] for at in range(on, matched) if words[at : at + 2] == [target, "."]}
    for at in range(matched, len(pieces) - 1):
        starts = words[at] in {"SET", ","} and pieces[at].depth == 0
        column = words[at + 3] if words[at + 1 : at + 3] == [target, "."] else words[at + 1]
        if starts and column in named:
            yield column


def partial_index(pieces: Tokens) -> Found:
    """CREATE INDEX with WHERE or with a method."""
    words = _words(pieces)
    if words[:1] == ["CREATE"] and "INDEX" in words[:4] and {"WHERE", "USING", "INCLUDE"} & set(words):
        yield "CREATE INDEX … WHERE/USING/INCLUDE"


def working_table(pieces: Tokens) -> Found:
    """A temporary table is GLOBAL or PRIVATE; the name of a private one begins with ORA$PTT_."""
    words = _words(pieces)
    for at, word in enumerate(words[:5]):
        if word == "TEMPORARY" and words[at - 1] not in {"GLOBAL", "PRIVATE"}:
            yield "TEMPORARY without GLOBAL or PRIVATE"
        if word == "TEMPORARY" and words[at - 1] == "PRIVATE" and not words[at + 2].startswith("ORA$PTT_"):
            yield f"PRIVATE TEMPORARY TABLE {words[at + 2]}"


RULES: dict[str, Callable[[Tokens], Found]] = {
    "type-name": type_name,
    "long-name": long_name,
    "reserved-word": reserved_word,
    "wide-text": wide_text,
    "locked-page": locked_page,
    "bare-boolean": bare_boolean,
    "boolean-column": boolean_column,
    "empty-text": empty_text,
    "no-from": no_from,
    "returning": returning,
    "row-list": row_list,
    "function": function,
    "sign": sign,
    "table-alias": table_alias,
    "update-from": update_from,
    "merge-key": merge_key,
    "partial-index": partial_index,
    "working-table": working_table,
    "on-conflict": _sequence("ON", "CONFLICT"),
    "ilike": _sequence("ILIKE"),
    "limit": _sequence("LIMIT"),
    "distinct-on": _sequence("DISTINCT", "ON"),
    "filter": _sequence("FILTER", "("),
    "except": _sequence("EXCEPT"),
    "if-exists": _sequence("IF"),
    "recursive": _sequence("WITH", "RECURSIVE"),
}
