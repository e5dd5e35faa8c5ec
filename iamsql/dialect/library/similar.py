"""SIMILAR TO: the patterns of the SQL standard, which match a text as a whole."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import literal_text, null, text
from iamsql.dialect.library.regex import matches
from iamsql.dialect.typing import Types
from iamsql.model import IamsqlError

_METACHARACTERS = {"%": ".*", "_": ".", "(": "(?:", ".": r"\.", "^": r"\^", "$": r"\$"}
_TOKEN = re.compile(r"\\(?P<escaped>.)|(?P<set>\[\^?\]?[^\]]*\])|(?P<character>.)", re.DOTALL)


def _with_backslash(pattern: str, escape: exp.Expr | None) -> str:
    """Return a pattern whose escape character is a backslash, in place of another or of none."""
    character = literal_text(escape) if escape is not None else "\\"
    if character is None or len(character) > 1:
        raise IamsqlError("ESCAPE takes a string literal of one character.")
    if character == "\\":
        return pattern
    plain = pattern.replace("\\", "\\\\")
    return re.sub(re.escape(character) + "(.)", r"\\\1", plain, flags=re.DOTALL) if character else plain


def _regex(pattern: str) -> str:
    """Return a pattern of SIMILAR TO as a regular expression."""
    parts = []
    for token in _TOKEN.finditer(pattern):
        if escaped := token["escaped"]:
            parts.append(escaped if escaped.isalnum() else "\\" + escaped)
        elif token["set"]:
            parts.append(token["set"].replace("\\", r"\\"))
        else:
            parts.append(_METACHARACTERS.get(token["character"], token["character"]))
    return f"^(?:{''.join(parts)})$"


def _similar_to(node: exp.Expr, types: Types) -> exp.Expr:
    pattern = literal_text(node.expression)
    if isinstance(node.expression, exp.Null):
        return null()
    if pattern is None:
        raise IamsqlError("SIMILAR TO needs a string literal as its pattern; use ~ for others.")
    return matches(node.this, text(_regex(_with_backslash(pattern, node.meta.get("escape")))))


OPERATORS = {exp.SimilarTo: _similar_to}
