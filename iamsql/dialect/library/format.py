"""format() with a literal template, as a concatenation of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from iamsql.dialect.build import call, literal_text, null, number, text
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.library.strings import concat_text
from iamsql.dialect.typing import Function, Types
from iamsql.model import IamsqlError

_SPECIFIER = re.compile(
    r"%(?:(?P<position>\d+)\$)?(?P<left>-?)(?P<width>\d+|\*(?:\d+\$)?)?(?P<conversion>.?)", re.DOTALL
)


def _format(node: exp.Expr, types: Types) -> exp.Expr:
    template, *arguments = node.expressions
    if isinstance(template, exp.Null):
        return null()
    literal = literal_text(template)
    if literal is None:
        raise IamsqlError("format needs a string literal as its template.")
    return call("concat", text(""), *_parts(literal, arguments, types))


def _parts(template: str, arguments: list[exp.Expr], types: Types) -> Iterator[exp.Expr]:
    """Yield the literal text and the values of a template in their order."""
    end = position = 0
    for specifier in _SPECIFIER.finditer(template):
        if specifier.start() > end:
            yield text(template[end : specifier.start()])
        end = specifier.end()
        if specifier["conversion"] == "%":
            yield text("%")
            continue
        position = int(specifier["position"]) if specifier["position"] else position + 1
        if not 0 < position <= len(arguments):
            raise IamsqlError(f"format has no argument {position}.")
        yield _value(specifier, arguments[position - 1].copy(), types)
    if end < len(template):
        yield text(template[end:])


def _value(specifier: re.Match[str], value: exp.Expr, types: Types) -> exp.Expr:
    """Return a value as text (%s), as an identifier (%I) or as a literal (%L), padded to the width."""
    conversion, width = specifier["conversion"], specifier["width"] or ""
    if conversion not in ("s", "I", "L"):
        raise IamsqlError(f"format does not know '{specifier[0]}': use %s, %I, %L or %%.")
    if width.startswith("*"):
        raise IamsqlError("format takes a width as a number here, not as an argument.")
    if conversion == "s":
        printed = call("coalesce", concat_text(value, types), text(""))
    elif conversion == "I":
        printed = call("pg_format_name", as_text(value, types))
    else:
        printed = call("coalesce", call("pg_quote_literal", concat_text(value, types)), text("NULL"))
    if not width:
        return printed
    return call("pg_format_padded", printed, number(int(width)), exp.Boolean(this=bool(specifier["left"])))


FUNCTIONS = {"format": Function(_format, "text")}
