"""Determine whether the typed text is complete: a command ends with its line, SQL with a semicolon outside of strings."""

from __future__ import annotations

from collections.abc import Container

from iamsql.catalog.lexer import has_no_code, tokens

EXIT_WORDS = ("exit", "quit")


def is_command(text: str) -> bool:
    """Return whether text is a command of the shell: a line that starts with a dot or a backslash, or a word that exits."""
    return text.lstrip().startswith((".", "\\")) or text.strip().rstrip(";") in EXIT_WORDS


def is_complete(text: str, names: Container[str] = ()) -> bool:
    """Return whether text can be executed: nothing, a command, the name of a query in `names`, or SQL with its semicolon."""
    if not text.strip() or is_command(text) or text.strip() in names:
        return True
    ends = [token.stop for token in tokens(text) if token.type == "end"]
    return bool(ends) and is_closed(text) and has_no_code(text[ends[-1] :])


def is_closed(text: str) -> bool:
    """Return whether every string, quoted name and block comment is closed, so a semicolon would end the statement."""
    last_token = tokens(text + "\n;")[-1]  # a semicolon inside an open string or comment is not a token
    return last_token.type == "end" and last_token.start == len(text) + 1


def is_commented(text: str) -> bool:
    """Return whether text ends inside a line comment."""
    comments = (token for token in tokens(text) if token.type == "comment" and token.stop == len(text))
    return any(text.startswith("--", comment.start) for comment in comments)


def statement_at_cursor(before: str, after: str = "") -> str:
    """Return the statement around the cursor, with comments and quoted strings replaced by spaces."""
    text, cursor = before + after, len(before)
    start, stop, characters = 0, len(text), list(text)
    for token in tokens(text):
        if token.type == "end":
            start = token.stop if token.stop <= cursor else start
            stop = min(stop, token.start) if token.start >= cursor else stop
        elif token.type in ("text", "comment"):
            characters[token.start : token.stop] = " " * (token.stop - token.start)
    return "".join(characters[start:stop])
