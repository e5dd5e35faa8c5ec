"""Find what makes two answers of a query over the same run differ.

A function that reads the clock returns a different answer on another day; a query uses as_of(). DuckDB joins the values of
string_agg() without ORDER BY in the order that its threads return them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsql.catalog.lexer import tokens

CLOCK_CALLS = (
    "now|today|get_current_timestamp|get_current_time|transaction_timestamp|current_localtime|current_localtimestamp"
)
CLOCK_KEYWORDS = "current_date|current_timestamp|current_time|localtimestamp|localtime"
# age() of one time is its distance from the current date.
CLOCK_PATTERN = re.compile(
    rf"(?<![\w.\"$])(?:(?P<called>{CLOCK_CALLS})\s*\(\s*\)|(?P<word>{CLOCK_KEYWORDS})\b(?!\s*\.)|(?P<age>age)\s*\([^(),]+\))",
    re.IGNORECASE,
)
# DISTINCT is not an order. An ORDER BY after the values, as in DuckDB's documentation, is in the parentheses of the call.
CONCATENATION_PATTERN = re.compile(r"(?<![\w.\"$])(?:string_agg|group_concat|listagg)\s*\(", re.IGNORECASE)
PARENTHESIS_PATTERN = re.compile(r"[()]")
ORDER_BY_PATTERN = re.compile(r"\border\s+by\b", re.IGNORECASE)


def clock_functions(sql: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each function that reads the clock, and its offset in the SQL."""
    for match in CLOCK_PATTERN.finditer(_blank_non_code(sql)):
        yield match[match.lastgroup or 0].lower(), match.start()


def unordered_concatenations(sql: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each function that concatenates the values of rows without an order, and its offset in the SQL."""
    code = _blank_non_code(sql)
    for match in CONCATENATION_PATTERN.finditer(code):
        if not ORDER_BY_PATTERN.search(code, match.end(), _end_of_call(code, match.end())):
            yield match[0].rstrip("( \t\n").lower(), match.start()


def _end_of_call(code: str, start: int) -> int:
    """Return the position after the parenthesis that closes the call; the end of the code if there is none."""
    depth = 1
    for match in PARENTHESIS_PATTERN.finditer(code, start):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.end()
    return len(code)


def _blank_non_code(sql: str) -> str:
    """Return the SQL of the same length with spaces instead of comments, strings and quoted names."""
    parts, offset = [], 0
    for token in tokens(sql):
        if token.type in ("text", "comment"):
            parts += [sql[offset : token.start], " " * (token.stop - token.start)]
            offset = token.stop
    return "".join([*parts, sql[offset:]])
