"""Find the parameters of a statement: `$name` outside of strings, quoted names, comments and dollar-quoted strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# A name can contain any letter outside of ASCII. A negated class compiles ten times faster than a class of these letters.
# _INNER also contains $, which may follow the first letter of a name: a$b is a name, and not a parameter.
_START, _WORD, _INNER = r"[^\x00-@\[-^`{-\x7f]", r"[^\x00-/:-@\[-^`{-\x7f]", r"[^\x00-\#%-/:-@\[-^`{-\x7f]"
_TOKEN_PATTERN = re.compile(
    rf"""(?=['"$eE;/-])(?:
      (?P<text> (?<!{_INNER})[eE]'(?:[^'\\]|\\.|'')*(?:'|\\?\Z) | '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z)
        | (?P<quote>(?<!{_INNER})\$(?:{_START}{_WORD}*)?\$).*?(?:(?P=quote)|\Z) )
    | (?P<line> --[^\r\n]* )
    | (?P<block> /\* )
    | (?P<param> (?<!{_INNER})\$[ \t\r\n\f\v]*(?P<name>{_WORD}{_INNER}*) )
    | (?P<end> ; ))
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_DELIMITER_PATTERN = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    """A token that parameters depend on: kind (text, comment, param or end), start and stop offsets, and a parameter's name."""

    type: str
    start: int
    stop: int
    name: str = ""


@lru_cache(maxsize=64)  # several functions read the tokens of the same statement, and the shell after each key
def tokens(sql: str) -> tuple[Token, ...]:
    """Return a statement's string literals, comments, parameters and semicolons."""
    return tuple(_scan_tokens(sql))


def _scan_tokens(sql: str) -> Iterator[Token]:
    offset = 0
    while match := _TOKEN_PATTERN.search(sql, offset):
        token_type, offset = match.lastgroup or "", match.end()
        if match["block"]:
            offset = _block_end(sql, offset)
        token_type = {"quote": "text", "line": "comment", "block": "comment", "name": "param"}.get(
            token_type, token_type
        )
        yield Token(token_type, match.start(), offset, match["name"] or "")


def _block_end(sql: str, offset: int) -> int:
    """Return the offset of the end of a block comment; block comments nest."""
    depth = 1
    while depth:
        delimiter = _COMMENT_DELIMITER_PATTERN.search(sql, offset)
        if not delimiter:
            return len(sql)
        depth += 1 if delimiter[0] == "/*" else -1
        offset = delimiter.end()
    return offset


def find_parameters(sql: str) -> list[str]:
    """Return the names of a statement's `$name` parameters, each once, in order of first use."""
    return list(dict.fromkeys(token.name for token in tokens(sql) if token.type == "param"))


def code_end(sql: str) -> int:
    """Return the offset of the first statement's end: its semicolon, or the end of the text."""
    return next((token.start for token in tokens(sql) if token.type == "end"), len(sql))


def has_no_code(sql: str) -> bool:
    """Return whether the SQL has only white space, semicolons and comments."""
    offset = 0
    for token in tokens(sql):
        if token.type not in ("comment", "end") or sql[offset : token.start].strip():
            return False
        offset = token.stop
    return not sql[offset:].strip()
