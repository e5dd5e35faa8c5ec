"""Find the files that COPY … TO writes. The SQL is tokenized, so a COPY in a comment or a string is ignored."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import tokenize
from sqlglot.errors import TokenError

from iamsql.dialect.build import quote
from iamsql.model import IamsqlError


def redirect(sql: str, replace: Callable[[str], str]) -> str:
    """Replace the target of each COPY statement; the numbers of the lines stay the same."""
    try:
        tokens = tokenize(sql, dialect="duckdb")
    except TokenError as error:
        raise IamsqlError(f"The SQL cannot be read: {str(error).splitlines()[0]}") from error
    targets = []
    depth, in_copy, previous = 0, False, ";"
    for token in tokens:
        is_string = token.token_type.name == "STRING"
        word = "" if is_string else token.text.lower()
        in_copy = (word == "copy") if previous == ";" else in_copy
        # A word TO in the query of COPY (query) TO, such as SIMILAR TO, is in parentheses.
        depth += {"(": 1, ")": -1}.get(word, 0)
        if in_copy and depth == 0 and previous == "to" and is_string:
            targets.append(token)
        previous = word
    for target in reversed(targets):  # so the offsets of the targets before it stay valid
        sql = sql[: target.start] + quote(replace(target.text)) + sql[target.end + 1 :]
    return sql
