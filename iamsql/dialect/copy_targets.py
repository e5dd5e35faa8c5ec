"""What a statement does besides reading: the files that COPY … TO writes, found by tokens, so that no text misleads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from iamsql.model import IamsqlError
from iamsql.sqltext import literal

COPY = re.compile(r"\bcopy\b", re.IGNORECASE)


class Target(NamedTuple):
    """A file that a COPY statement writes, and where its literal stands in the text."""

    path: str
    start: int
    stop: int


def redirect(sql: str, elsewhere: Callable[[str], str]) -> str:
    """Write the COPY statements of a text with other targets; line numbers hold."""
    for target in reversed(_targets(sql)):
        sql = sql[: target.start] + literal(elsewhere(target.path)) + sql[target.stop :]
    return sql


def _targets(sql: str) -> list[Target]:
    return list(_find(sql)) if COPY.search(sql) else []


def _find(sql: str) -> Iterator[Target]:
    from sqlglot import tokenize
    from sqlglot.errors import TokenError

    try:
        tokens = tokenize(sql, dialect="duckdb")
    except TokenError as error:
        raise IamsqlError(f"The SQL cannot be read: {str(error).splitlines()[0]}") from error
    depth, copying, before = 0, False, ";"
    for token in tokens:
        word = token.text.lower() if token.token_type.name != "STRING" else ""
        copying = (word == "copy") if before == ";" else copying
        depth += {"(": 1, ")": -1}.get(word, 0)
        if copying and depth == 0 and before == "to" and token.token_type.name == "STRING":
            yield Target(token.text, token.start, token.end + 1)
        before = word
