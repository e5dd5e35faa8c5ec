"""When what is typed is whole: a command is one line, SQL goes on until a semicolon that stands in no text or comment."""

from __future__ import annotations

from iamsql.catalog.lexer import is_bare, tokens

LEAVING = ("exit", "quit", r"\q")


def is_command(text: str) -> bool:
    """Tell whether text is one of the shell's own commands: a line that starts with a dot, or a word for leaving."""
    return text.lstrip().startswith(".") or text.strip().rstrip(";") in LEAVING


def is_whole(text: str) -> bool:
    """Tell whether text can be run as it is: nothing, a command, or SQL with its semicolon."""
    if not text.strip() or is_command(text):
        return True
    ends = [token.stop for token in tokens(text) if token.kind == "end"]
    return bool(ends) and is_closed(text) and is_bare(text[ends[-1] :])


def is_closed(text: str) -> bool:
    """Tell whether every text, quoted name and block comment is closed: a semicolon put after it would end a statement."""
    last = tokens(text + "\n;")[-1]
    return last.kind == "end" and last.start == len(text) + 1


def is_commented(text: str) -> bool:
    """Tell whether text ends in a comment that goes on to the end of its line."""
    last = tokens(text)[-1:]
    return (
        bool(last) and last[0].kind == "comment" and last[0].stop == len(text) and text.startswith("--", last[0].start)
    )


def current(before: str, after: str = "") -> str:
    """Give the statement around the cursor, its comments and quoted texts blanked, so that only names are left to find."""
    text, place = before + after, len(before)
    start, stop, shown = 0, len(text), list(text)
    for token in tokens(text):
        if token.kind == "end":
            start = token.stop if token.stop <= place else start
            stop = min(stop, token.start) if token.start >= place else stop
        elif token.kind in ("text", "comment"):
            shown[token.start : token.stop] = " " * (token.stop - token.start)
    return "".join(shown[start:stop])
