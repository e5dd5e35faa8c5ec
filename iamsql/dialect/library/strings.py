"""Functions of text and bytea: parts, padding, concatenation, quoting, encoding, and format()."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from iamsql.dialect.build import (
    call,
    literal_text,
    number,
    required_literal,
    text,
)
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.data_types import of_type
from iamsql.dialect.library.regex import regex_substring
from iamsql.dialect.typing import Function, Types, untyped
from iamsql.model import IamsqlError

# The function of DuckDB for each format or encoding.
_CONVERSIONS = {
    "encode": {"base64": "pg_base64", "hex": "pg_hex", "escape": "pg_escaped"},
    "decode": {"base64": "pg_from_base64", "hex": "unhex", "escape": "pg_bytea"},
    "convert_to": {"UTF8": "encode", "UTF-8": "encode", "UNICODE": "encode"},
    "convert_from": {"UTF8": "decode", "UTF-8": "decode", "UNICODE": "decode"},
}
_SPECIFIER = re.compile(
    r"%(?:(?P<position>\d+)\$)?(?P<left>-?)(?P<width>\d+|\*(?:\d+\$)?)?(?P<conversion>.?)", re.DOTALL
)


def _concat_text(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a value as concat and format print it: as a cast to text prints it, but a boolean as t or f."""
    return call("pg_boolean_text", node) if types.of(node) == "boolean" else as_text(node, types)


def _substring(node: exp.Expr, types: Types) -> exp.Expr:
    string, start, *length = node.expressions
    if not length and types.of(start) == "text":
        return regex_substring(string, start)
    if types.of(start) == "text":
        raise IamsqlError("substring(text from pattern for escape) is not supported; use substring(text from pattern).")
    if types.of(string) == "bytea":
        raise IamsqlError("substring of bytea is not supported.")
    return call("pg_substring" if length else "pg_substr", string, start, *length[:1])


def _overlay(node: exp.Expr, types: Types) -> exp.Expr:
    string, replacement, start, *length = node.expressions
    return call("pg_overlay", string, replacement, start, length[0] if length else call("length", replacement.copy()))


def _concat(node: exp.Expr, types: Types) -> exp.Expr:
    # The empty text makes the result text; DuckDB concatenates arrays to an array.
    return call("concat", text(""), *(_concat_text(argument, types) for argument in node.expressions))


def _concat_ws(node: exp.Expr, types: Types) -> exp.Expr:
    separator, *arguments = node.expressions
    return call("concat_ws", separator, *(_concat_text(argument, types) for argument in arguments))


def _as_bytea(node: exp.Expr) -> exp.Expr:
    return call("pg_bytea", node) if untyped(node) else node


def _convert(node: exp.Expr, types: Types) -> exp.Expr:
    """Rewrite a conversion between bytea and text to the function of its format, which must be a literal."""
    value, option = node.expressions
    functions, name = _CONVERSIONS[str(node.this)], (literal_text(option) or "").lower()
    function = next((function for known, function in functions.items() if known.lower() == name), None)
    if function is None:
        raise IamsqlError(f"{node.this} takes one of the formats {', '.join(functions)} as a string literal.")
    return call(function, _as_bytea(value) if node.this == "encode" else value)


def _octet_length(node: exp.Expr, types: Types) -> exp.Expr:
    value = node.expressions[0]
    return call("octet_length", value) if types.of(value) == "bytea" else call("strlen", as_text(value, types))


def _length(node: exp.Expr, types: Types) -> exp.Expr:
    value = node.expressions[0]
    return call("octet_length" if types.of(value) == "bytea" else "length", value)


def _quote_literal(node: exp.Expr, types: Types) -> exp.Expr:
    return call("pg_quote_literal", as_text(node.expressions[0], types))


def _quote_nullable(node: exp.Expr, types: Types) -> exp.Expr:
    return call("coalesce", _quote_literal(node, types), text("NULL"))


def _cast(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Cast between text and bytea."""
    target, source = of_type(node.args["to"]), types.of(node.this)
    if (source, target) == ("text", "bytea"):
        return call("pg_bytea", node.this)
    return call("concat", text("\\x"), call("pg_hex", node.this)) if (source, target) == ("bytea", "text") else None


def _format(node: exp.Expr, types: Types) -> exp.Expr:
    """Rewrite format() with a literal template to a concatenation of its parts."""
    template, *arguments = node.expressions
    if isinstance(template, exp.Null):
        return exp.null()
    literal = required_literal(template, "The template of format")
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
        printed = call("coalesce", _concat_text(value, types), text(""))
    elif conversion == "I":
        printed = call("pg_format_name", as_text(value, types))
    else:
        printed = call("coalesce", call("pg_quote_literal", _concat_text(value, types)), text("NULL"))
    if not width:
        return printed
    return call("pg_format_padded", printed, number(int(width)), exp.Boolean(this=bool(specifier["left"])))


OPERATORS = {exp.Cast: _cast}
FUNCTIONS: dict[str, Function] = {
    **dict.fromkeys(("substring", "substr"), Function(_substring, "text")),
    **dict.fromkeys(("length", "char_length", "character_length"), Function(_length, "int")),
    "overlay": Function(_overlay, "text"),
    "concat": Function(_concat, "text"),
    "concat_ws": Function(_concat_ws, "text"),
    "format": Function(_format, "text"),
    "quote_literal": Function(_quote_literal, "text"),
    "quote_nullable": Function(_quote_nullable, "text"),
    **dict.fromkeys(("encode", "convert_from"), Function(_convert, "text")),
    **dict.fromkeys(("decode", "convert_to"), Function(_convert, "bytea")),
    "octet_length": Function(_octet_length, "int"),
    "sha256": Function(lambda node, types: call("unhex", call("sha256", _as_bytea(node.expressions[0]))), "bytea"),
}
