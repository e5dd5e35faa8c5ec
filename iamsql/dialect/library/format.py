"""format() with a template that is written out in the query."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from iamsql.dialect.build import call, literal, null, number, text
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.library.strings import said
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

SPEC = re.compile(r"%(?:(?P<place>\d+)\$)?(?P<left>-?)(?P<width>\d+|\*(?:\d+\$)?)?(?P<kind>.?)", re.DOTALL)


def _format(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Put values into a template: %s as text, %I as an identifier, %L as a literal."""
    template, *args = node.expressions
    words = literal(template)
    if isinstance(template, exp.Null):
        return null()
    if words is None:
        raise IamsqlError("format needs its template written out in the query.")
    pieces = list(_pieces(words, args, kinds))
    return call("concat", text(""), *pieces)


def _pieces(words: str, args: list[exp.Expr], kinds: Kinds) -> Iterator[exp.Expr]:
    at = used = 0
    for spec in SPEC.finditer(words):
        if spec.start() < at:
            continue
        if spec.start() > at:
            yield text(words[at : spec.start()])
        at = spec.end()
        if spec["kind"] == "%":
            yield text("%")
            continue
        used = int(spec["place"]) if spec["place"] else used + 1
        yield _piece(spec, _arg(args, used), kinds)
    if at < len(words):
        yield text(words[at:])


def _arg(args: list[exp.Expr], place: int) -> exp.Expr:
    if not 0 < place <= len(args):
        raise IamsqlError(f"format has no argument {place}.")
    return args[place - 1].copy()


def _piece(spec: re.Match[str], value: exp.Expr, kinds: Kinds) -> exp.Expr:
    if spec["kind"] not in ("s", "I", "L"):
        raise IamsqlError(f"format does not know '{spec[0]}': use %s, %I, %L or %%.")
    if (spec["width"] or "").startswith("*"):
        raise IamsqlError("format takes its widths as numbers here.")
    if spec["kind"] == "s":
        made = call("coalesce", said(value, kinds), text(""))
    elif spec["kind"] == "I":
        made = call("pg_format_name", as_text(value, kinds))
    else:
        made = call("coalesce", call("pg_quote_literal", said(value, kinds)), text("NULL"))
    if not spec["width"]:
        return made
    return call("pg_widened", made, number(int(spec["width"])), exp.Boolean(this=bool(spec["left"])))


REWRITES: dict[str, Rewrite] = {"format": _format}
KINDS = {"format": "text"}
