"""Values of rules as SQL: a rule is untrusted text, so each value is a literal and never a part of the statement."""

from __future__ import annotations

from iamsql import sqltext


def literal(text: str) -> str:
    """Return text as an SQL expression. A statement cannot contain NUL, so chr(0) returns it."""
    if "\0" not in text:
        return sqltext.literal(text)
    parts = [sqltext.literal(part) for part in text.split("\0")]
    return f"concat({', chr(0), '.join(parts)})"


def lowercase_literal(text: str) -> str:
    """Return text in lower case as an SQL expression; DuckDB's lower() differs from Python's in a few characters."""
    return literal(text.lower()) if text.isascii() else f"lower({literal(text)})"
