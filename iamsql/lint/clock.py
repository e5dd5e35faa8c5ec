"""Find the functions that read the clock. The answer of a query over a run must be the same on every day: it uses as_of()."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsql.catalog.lexer import tokens

CALLED = (
    "now|today|get_current_timestamp|get_current_time|transaction_timestamp|current_localtime|current_localtimestamp"
)
WORDS = "current_date|current_timestamp|current_time|localtimestamp|localtime"
# age() of one time is its distance from the current date.
CLOCK = re.compile(
    rf"(?<![\w.\"$])(?:(?P<called>{CALLED})\s*\(\s*\)|(?P<word>{WORDS})\b(?!\s*\.)|(?P<age>age)\s*\([^(),]+\))",
    re.IGNORECASE,
)


def clock_functions(sql: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each function that reads the clock, and its offset in the SQL."""
    for found in CLOCK.finditer(_code(sql)):
        yield found[found.lastgroup or 0].lower(), found.start()


def _code(sql: str) -> str:
    """Return the SQL of the same length with spaces in the place of comments, strings and quoted names."""
    parts, offset = [], 0
    for token in tokens(sql):
        if token.kind in ("text", "comment"):
            parts += [sql[offset : token.start], " " * (token.stop - token.start)]
            offset = token.stop
    return "".join([*parts, sql[offset:]])
