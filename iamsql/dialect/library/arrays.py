"""Arrays: made of text, measured, cut, searched and compared."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal, null, number, whole
from iamsql.dialect.core import json_comparison as documents
from iamsql.dialect.core.casts import text_array
from iamsql.dialect.core.json_conversion import to_document
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds, untyped
from iamsql.model import IamsqlError

ARRAYS = (exp.DType.ARRAY, exp.DType.LIST)


def _is_array(node: exp.Expr, kinds: Kinds) -> bool:
    return kinds.of(node).endswith("[]")


_ELEMENTS = {"int": "bigint", "number": "double", "float": "double"}


def _side(node: exp.Expr, kind: str = "") -> exp.Expr:
    """Give an operand beside an array of a kind; a text literal is read as one."""
    words = literal(node) if untyped(node) else None
    if words is None:
        return node
    return cast(text_array(words), f"{_ELEMENTS.get(kind.removesuffix('[]'), 'varchar')}[]")


def _both(name: str, turned: bool = False) -> Rewrite:
    """Call a macro with both operands where one is an array."""

    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
        if not (_is_array(node.this, kinds) or _is_array(node.expression, kinds)):
            return None
        sides = [_side(node.this, kinds.of(node.expression)), _side(node.expression, kinds.of(node.this))]
        return call(name, *(reversed(sides) if turned else sides))

    return rewrite


def _joined(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Join two arrays, or an array and an element."""
    one, other = node.this, node.expression
    if not (_is_array(one, kinds) or _is_array(other, kinds)):
        return None
    if _is_array(one, kinds) and not _is_array(other, kinds):
        return _appended(one, other)
    if not _is_array(one, kinds):
        return _appended(other, one, first=True)
    return call("pg_array_cat", one, other)


def _appended(items: exp.Expr, item: exp.Expr, first: bool = False) -> exp.Expr:
    if isinstance(item, exp.Null):
        return items
    if untyped(item) and (literal(item) or "").startswith("{"):
        sides = [items, _side(item)]
        return call("pg_array_cat", *(reversed(sides) if first else sides))
    held = exp.Array(expressions=[item])
    return call("pg_array_cat", *((held, items) if first else (items, held)))


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Print an array; the text of one is read where it is written out."""
    to = node.args["to"]
    if to.this in ARRAYS and kinds.of(node.this) == "text" and literal(node.this) is None:
        raise IamsqlError("A text that is no literal cannot be cast to an array; use string_to_array.")
    if to.this in exp.DataType.TEXT_TYPES and _is_array(node.this, kinds):
        return call("pg_text_of_array", _texts(node.this, kinds))
    return None


def _texts(items: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give an array as an array of texts."""
    kind = kinds.of(items)
    if kind == "text[]":
        return items
    _flat(items, kinds)
    macro = {"boolean[]": "pg_boolean_letter", "interval[]": "pg_interval_text"}.get(kind, "pg_text")
    return call("list_transform", items, exp.Var(this=f"lambda one: {macro}(one)"))


def _flat(items: exp.Expr, kinds: Kinds) -> None:
    """Refuse an array of arrays, which PostgreSQL takes for one array of two dimensions and DuckDB does not."""
    if kinds.of(items).endswith("[][]") or (
        isinstance(items, exp.Array) and any(kinds.of(one).endswith("[]") for one in items.expressions)
    ):
        raise IamsqlError("Arrays of more than one dimension are not supported.")


def _bracket(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Take an element or a slice; positions begin at 1, and there are none below."""
    if not _is_array(node.this, kinds) or len(node.expressions) != 1:
        return None
    _flat(node.this, kinds)
    place = node.expressions[0]
    if isinstance(place, exp.Slice):
        low, high = place.this, place.expression
        return call("pg_array_slice", node.this, low or number(1), high or call("len", node.this.copy()))
    known = whole(place)
    if known is not None and known > 0:
        return None
    return null() if known is not None else call("pg_array_element", node.this, place)


def _length(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_array_length", *node.expressions)


def _upper(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_array_length", *node.expressions)


def _lower(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    tried = exp.GT(this=call("len", node.expressions[0]), expression=number(0))
    return exp.Case(ifs=[exp.If(this=tried, true=number(1))])


def _split(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    words, delimiter, *missing = node.expressions
    plain = cast(null(), "varchar") if isinstance(delimiter, exp.Null) else delimiter
    made = call("pg_string_to_array", words, plain)
    return call("pg_nulled", made, missing[0]) if missing else made


def _to_text(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    items, delimiter, *missing = node.expressions
    texts = _texts(items, kinds)
    if isinstance(delimiter, exp.Null):
        return null()
    return (
        call("pg_array_to_string", texts, delimiter, missing[0])
        if missing
        else call("array_to_string", texts, delimiter)
    )


def _coalesced(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Read array literals beside arrays; other lists of values are left to the rewrites of JSON."""
    kind = next((kinds.of(one) for one in node.expressions if _is_array(one, kinds)), "")
    if not kind:
        return documents.REWRITES["coalesce"](node, kinds)
    return call("coalesce", *(_side(one, kind) for one in node.expressions))


def _to_json(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    if len(node.expressions) > 1:
        raise IamsqlError("array_to_json takes an array only; for JSON over several lines use jsonb_pretty.")
    made = to_document(node.expressions[0], kinds)
    made.meta["json_text"] = "compact"
    return made


def _position(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    items, item, *start = node.expressions
    return call("pg_array_position", items, item, start[0] if start else number(1))


def _added(first: bool) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        one, other = node.expressions
        held = exp.Array(expressions=[one if first else other])
        return call("pg_array_cat", *((held, other) if first else (one, held)))

    return rewrite


def _macro(name: str) -> Rewrite:
    return lambda node, kinds: call(name, *node.expressions)


def _subscripts(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    items, dimension, *more = node.expressions
    if whole(dimension) != 1 or more:
        raise IamsqlError("generate_subscripts takes an array and the dimension 1 here.")
    return call("generate_series", number(1), call("len", items))


OPERATORS = {
    exp.ArrayContainsAll: _both("pg_array_holds"),
    exp.ArrayContainedBy: _both("pg_array_holds", turned=True),
    exp.ArrayOverlaps: _both("pg_array_overlaps"),
    exp.DPipe: _joined,
    exp.Cast: _cast,
    exp.Bracket: _bracket,
}
REWRITES: dict[str, Rewrite] = {
    "coalesce": _coalesced,
    "array_to_json": _to_json,
    "array_length": _length,
    "array_upper": _upper,
    "array_lower": _lower,
    "cardinality": _macro("len"),
    "string_to_array": _split,
    "array_to_string": _to_text,
    "array_position": _position,
    "array_positions": _macro("pg_array_positions"),
    "array_remove": _macro("pg_array_remove"),
    "array_replace": _macro("pg_array_replace"),
    "array_append": _added(False),
    "array_prepend": _added(True),
    "array_cat": _macro("pg_array_cat"),
}
TABLES: dict[str, Rewrite] = {"string_to_table": _split, "generate_subscripts": _subscripts}
KINDS = {
    **dict.fromkeys(
        "array_length array_upper array_lower cardinality array_position generate_subscripts".split(), "int"
    ),
    **dict.fromkeys("array_remove array_replace array_append array_cat".split(), "arg"),
    "array_prepend": "arg2",
    "array_to_json": "json",
    "coalesce": "arg",
    "array_positions": "int[]",
    "string_to_array": "text[]",
    "array_to_string": "text",
    "string_to_table": "text",
}
