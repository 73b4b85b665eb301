"""Oracle's words that H2 has not, in H2's. Each is one that H2's own Oracle mode leaves out."""

import re

_PRIVATE = re.compile(r"CREATE PRIVATE TEMPORARY TABLE", re.IGNORECASE)
_DROPPED = re.compile(r"ON COMMIT DROP DEFINITION", re.IGNORECASE)
# The difference of two days is a number in Oracle and an interval here.
_EPOCH = re.compile(
    r"ROUND\(\(CAST\(SYS_EXTRACT_UTC\(([\w.\"]+)\) AS DATE\) - DATE '1970-01-01'\) \* 86400\)", re.IGNORECASE
)
_NLS = re.compile(r"ALTER SESSION SET NLS_\w+ = \w+", re.IGNORECASE)
_ZONE = re.compile(r"ALTER SESSION SET TIME_ZONE\s*=\s*('[^']*')", re.IGNORECASE)


# H2 has no index over an expression; one over the column finds the same rows.
_OVER_COALESCE = re.compile(r"(CREATE INDEX .*?)coalesce\((\w+), [^()]*\)", re.IGNORECASE)


def for_h2(statement: str) -> str:
    """Answers a statement for Oracle so that H2 takes it."""
    if _NLS.fullmatch(statement):
        return "SELECT 1 FROM DUAL"
    # There is no bin a dropped table would go to.
    statement = statement.removesuffix(" PURGE")
    found = _ZONE.sub(r"SET TIME ZONE \1", statement)
    found = _PRIVATE.sub("CREATE LOCAL TEMPORARY TABLE", found)
    found = _DROPPED.sub("ON COMMIT DROP TRANSACTIONAL", found)
    found = _OVER_COALESCE.sub(r"\1\2", found)
    found = found.replace("ABSENT ON NULL RETURNING CLOB", "ABSENT ON NULL")
    found = _EPOCH.sub(r"CAST(FLOOR(EXTRACT(EPOCH FROM \1)) AS BIGINT)", found)
    return _calls(found, "SYS_EXTRACT_UTC", "CAST({} AS TIMESTAMP)")


def _calls(statement: str, function: str, instead: str) -> str:
    """Writes every call of a function with one argument another way."""
    while (at := statement.upper().find(f"{function}(")) >= 0:
        start, depth, end = at + len(function) + 1, 1, at + len(function) + 1
        while depth:
            depth += {"(": 1, ")": -1}.get(statement[end], 0)
            end += 1
        statement = statement[:at] + instead.format(statement[start : end - 1]) + statement[end:]
    return statement
