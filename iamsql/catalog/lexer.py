"""Where a statement has a parameter: `$name` in a string, a quoted name, a comment or a dollar quote is only text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Every letter beyond ASCII may stand in a name; as what a class leaves out it compiles ten times faster.
_START, _WORD, _INNER = r"[^\x00-@\[-^`{-\x7f]", r"[^\x00-/:-@\[-^`{-\x7f]", r"[^\x00-\#%-/:-@\[-^`{-\x7f]"
_TOKEN = re.compile(
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
_FENCE = re.compile(r"/\*|\*/")


class Token(NamedTuple):
    """A piece of SQL that matters here: kind (text, comment, param or end), its span, and a parameter's name."""

    kind: str
    start: int
    stop: int
    name: str = ""


@lru_cache(maxsize=64)
def tokens(sql: str) -> tuple[Token, ...]:
    """List a statement's texts, comments, parameters and semicolons."""
    return tuple(_walk(sql))


def _walk(sql: str) -> Iterator[Token]:
    place = 0
    while found := _TOKEN.search(sql, place):
        kind, place = found.lastgroup or "", found.end()
        if found["block"]:
            place = _block_end(sql, place)
        kind = {"quote": "text", "line": "comment", "block": "comment", "name": "param"}.get(kind, kind)
        yield Token(kind, found.start(), place, found["name"] or "")


def _block_end(sql: str, place: int) -> int:
    """Find where a block comment ends, counting those inside it."""
    depth = 1
    while depth:
        fence = _FENCE.search(sql, place)
        if not fence:
            return len(sql)
        depth += 1 if fence[0] == "/*" else -1
        place = fence.end()
    return place


def parameters_used(sql: str) -> list[str]:
    """List the names of the `$name` parameters of a statement, each once, in the order of their first use."""
    return list(dict.fromkeys(token.name for token in tokens(sql) if token.kind == "param"))


def code_end(sql: str) -> int:
    """Find where the first statement's code ends: at its semicolon, or at the end of the text."""
    return next((token.start for token in tokens(sql) if token.kind == "end"), len(sql))


def is_bare(sql: str) -> bool:
    """Tell whether text holds nothing but space, semicolons and comments."""
    place = 0
    for token in tokens(sql):
        if token.kind not in ("comment", "end") or sql[place : token.start].strip():
            return False
        place = token.stop
    return not sql[place:].strip()
