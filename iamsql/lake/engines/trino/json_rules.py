"""JSON: values are texts, each operation parses its text, and a wildcard path returns an array."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from iamsql.lake.engines.trino.build import Rule, call, coalesce, each, empty_list, kind, literal, typed, unless_null
from iamsql.lake.engines.trino.errors import TrinoError

_SIMPLE = re.compile(r"[A-Za-z_]\w*")
_FIRST_CHARACTERS = {"[": "ARRAY", "{": "OBJECT", '"': "VARCHAR", "t": "BOOLEAN", "f": "BOOLEAN", "n": "NULL"}


def extract(value: exp.Expr, path: exp.Expr, as_text: bool) -> exp.Expr:
    """Return the value at a path, as JSON or as text; the values, if the path has a wildcard or is a list of paths."""
    if isinstance(path, exp.Array):
        return typed(
            exp.Array(expressions=[extract(value, part, as_text) for part in path.expressions]), _list(as_text)
        )
    if (wildcard := _split_at_wildcard(path)) is not None:
        return _extract_all(value, *wildcard, as_text)
    text = literal(_text_of(path)) if isinstance(path, exp.JSONPath | exp.Literal) else path.copy()
    return typed(text_at(value, text) if as_text else json_at(value, text), "text" if as_text else "json")


def _extract_all(value: exp.Expr, before: str, after: str, as_text: bool) -> exp.Expr:
    """Return the values at a path with a wildcard between two parts."""
    elements = json_elements(value if before == "$" else json_at(value, literal(before)))
    if after == "$":
        return typed(_texts(elements) if as_text else elements, _list(as_text))
    at = text_at if as_text else json_at
    return typed(each(each(elements, lambda e: at(e, literal(after))), _is_not_null, "filter"), _list(as_text))


def json_at(value: exp.Expr, path: exp.Expr) -> exp.Expr:
    """Return the JSON at a path."""
    return call("json_format", call("json_extract", value, path))


def text_at(value: exp.Expr, path: exp.Expr) -> exp.Expr:
    """Return the text at a path: of a string without quotes, of an array or object as JSON, NULL for null."""
    # json_extract_scalar is NULL for arrays and objects.
    scalar = call("json_extract_scalar", value, path)
    return coalesce(scalar, exp.Nullif(this=json_at(value, path), expression=literal("null")))


def json_elements(value: exp.Expr) -> exp.Expr:
    """Return the elements of a JSON array as JSON texts; none for another value."""
    parsed = exp.TryCast(
        this=call("try", call("json_parse", value)), to=exp.DataType.build("array(json)", dialect="trino")
    )
    texts = each(parsed, lambda e: call("json_format", e))
    return typed(coalesce(texts, unless_null(value, empty_list())), "json[]")


def cast_list(value: exp.Expr, to: exp.DataType) -> exp.Expr | None:
    """Return a value as a list of texts or of JSON; None for another element type."""
    element = to.expressions[0] if to.expressions else None
    name = element.this if isinstance(element, exp.DataType) else None
    if name not in (*exp.DataType.TEXT_TYPES, exp.DType.JSON):
        return None
    elements = value.copy() if kind(value) == "list" else json_elements(value)
    if kind(value) not in ("list", "json", "text"):
        raise TrinoError("a list of a value of unknown type")
    is_json = kind(value) != "list" or _element(value) == exp.DType.JSON
    return typed(_texts(elements) if is_json and name != exp.DType.JSON else elements, to)


def _texts(elements: exp.Expr) -> exp.Expr:
    return each(elements, lambda e: text_at(e, literal("$")))


def _is_not_null(element: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=element.copy(), expression=exp.Null()))


def _element(value: exp.Expr) -> exp.DType | None:
    inner = value.type.expressions if value.type is not None else []
    return inner[0].this if inner else None


def _list(as_text: bool) -> str:
    return "varchar[]" if as_text else "json[]"


def _split_at_wildcard(path: exp.Expr) -> tuple[str, str] | None:
    """Return the paths before and after the wildcard of a path; None for a path without."""
    parts = path.expressions if isinstance(path, exp.JSONPath) else []
    for place, part in enumerate(parts):
        if isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, exp.JSONPathWildcard):
            return _path(parts[:place]), _path([exp.JSONPathRoot(), *parts[place + 1 :]])
    return None


def _text_of(path: exp.Expr) -> str:
    if isinstance(path, exp.JSONPath):
        return _path(path.expressions)
    text = str(path.name)
    if not text.startswith("$"):
        raise TrinoError("a JSON path that does not start with $")
    return text


def _path(parts: Sequence[exp.Expr]) -> str:
    """Return the text of a path without wildcards."""
    return "".join(map(_part, parts))


def _part(part: exp.Expr) -> str:
    if isinstance(part, exp.JSONPathRoot):
        return "$"
    if isinstance(part, exp.JSONPathKey) and isinstance(part.this, str):
        return f".{part.this}" if _SIMPLE.fullmatch(part.this) else f'["{_unquotable(part.this)}"]'
    if isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int) and part.this >= 0:
        return f"[{part.this}]"
    raise TrinoError("a JSON path with a wildcard")


def _unquotable(key: str) -> str:
    if '"' in key or "\\" in key:
        raise TrinoError("a JSON path with a quote")
    return key


# -- rules -----------------------------------------------------------------------------------------------------------------


def _json_type(node: exp.Expr) -> exp.Expr:
    path = node.args.get("expression")
    value = json_at(node.this, path) if path is not None else node.this
    first = call("substr", call("ltrim", value), 1, 1)
    branches = [exp.If(this=literal(mark), true=literal(name)) for mark, name in _FIRST_CHARACTERS.items()]
    is_fraction = call("regexp_like", value, "[.eE]")
    number = exp.Case(
        ifs=[
            exp.If(this=is_fraction, true=literal("DOUBLE")),
            exp.If(this=exp.EQ(this=first.copy(), expression=literal("-")), true=literal("BIGINT")),
        ],
        default=literal("UBIGINT"),
    )
    return exp.Case(this=first, ifs=branches, default=unless_null(value, number))


def _json_keys(node: exp.Expr) -> exp.Expr:
    if node.args.get("expression") is not None:
        raise TrinoError("json_keys with a path")
    parsed = call("try", call("json_parse", node.this))
    keys = call("map_keys", exp.TryCast(this=parsed, to=exp.DataType.build("map(varchar, json)", dialect="trino")))
    return typed(coalesce(keys, unless_null(node.this, empty_list())), "varchar[]")


def array_length(node: exp.Expr) -> exp.Expr:
    """Return json_array_length, which is 0 for a value that is not an array."""
    value, *path = node.expressions
    if path:
        value = json_at(value, literal(_text_of(path[0])) if isinstance(path[0], exp.Literal) else path[0])
    return typed(coalesce(call("json_array_length", value), unless_null(value, literal(0))), "bigint")


RULES: dict[type[exp.Expr], Rule] = {
    exp.JSONExtract: lambda node: extract(node.this, node.expression, False),
    exp.JSONExtractScalar: lambda node: extract(node.this, node.expression, True),
    exp.JSONType: _json_type,
    exp.JSONKeys: _json_keys,
}
