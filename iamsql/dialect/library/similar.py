"""SIMILAR TO: SQL's own patterns, over the whole text."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect.build import literal, null, text
from iamsql.dialect.library.regex import matching
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

SIMILAR = {"%": ".*", "_": ".", "(": "(?:", ".": r"\.", "^": r"\^", "$": r"\$"}
PIECE = re.compile(r"\\(?P<escaped>.)|(?P<set>\[\^?\]?[^\]]*\])|(?P<one>.)", re.DOTALL)


def _escaped_by(words: str, node: exp.Expr | None) -> str:
    """Write a pattern with the backslash as its escape character, in place of another or of none."""
    letter = literal(node) if node is not None else "\\"
    if letter is None or len(letter) > 1:
        raise IamsqlError("ESCAPE takes one letter, written out.")
    if letter == "\\":
        return words
    plain = words.replace("\\", "\\\\")
    return re.sub(re.escape(letter) + "(.)", r"\\\1", plain, flags=re.DOTALL) if letter else plain


def _similar_text(words: str) -> str:
    """Write a SIMILAR TO pattern as a regular expression over the whole text."""
    parts = []
    for piece in PIECE.finditer(words):
        if piece["escaped"]:
            parts.append("\\" + piece["escaped"] if not piece["escaped"].isalnum() else piece["escaped"])
        else:
            parts.append((piece["set"] or "").replace("\\", r"\\") or SIMILAR.get(piece["one"], piece["one"]))
    return f"^(?:{''.join(parts)})$"


def _similar(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    words = literal(node.expression)
    if isinstance(node.expression, exp.Null):
        return null()
    if words is None:
        raise IamsqlError("SIMILAR TO takes a pattern that is written out in the query; use ~ for others.")
    return matching(node.this, text(_similar_text(_escaped_by(words, node.meta.get("escape")))))


def _substring(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    raise IamsqlError(
        "substring(text similar pattern escape letter) is not supported; use substring(text from pattern)."
    )


REWRITES = {"substring_similar": _substring}
OPERATORS = {exp.SimilarTo: _similar}
