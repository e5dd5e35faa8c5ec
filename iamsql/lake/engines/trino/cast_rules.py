"""Casts and times. Times with and without time zone are timestamps in UTC, because Hive tables have no other type."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlglot import exp

from iamsql.lake.engines.trino.build import Rule, call, kind, kind_of_type, literal, text_of, typed
from iamsql.lake.engines.trino.errors import TrinoError
from iamsql.lake.engines.trino.json_rules import cast_list, text_at

_UNITS = ("day", "hour", "minute", "second")
_REPLACED = {
    **dict.fromkeys((exp.DType.JSON, exp.DType.TEXT), exp.DType.VARCHAR),
    **dict.fromkeys((exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ), exp.DType.TIMESTAMP),
}


def trino_type(data_type: exp.DataType) -> exp.DataType:
    """Return the type of a value in Trino: JSON is VARCHAR, and times have no time zone."""
    found = data_type.copy()
    for part in found.find_all(exp.DataType):
        if part.this == exp.DType.UNKNOWN:
            raise TrinoError("a struct or list of values of unknown type")
        part.set("this", _REPLACED.get(part.this, part.this))
    return found


def cast(node: exp.Expr) -> exp.Expr | None:
    """Rewrite CAST and TRY_CAST."""
    to = node.args["to"]
    value, source, target = node.this, kind(node.this), kind_of_type(to)
    if target in ("list", "struct") and isinstance(value, exp.Null):
        return typed(exp.Cast(this=value.copy(), to=trino_type(to)), to)
    if target == "list":
        # A list of structs has the type already: the cast names it for an empty list.
        listed = cast_list(value, to)
        return listed if listed is not None else _same(value, source, "list", to)
    if target == "struct":
        return _same(value, source, "struct", to)
    if source == target or (target == "text" and source == "json"):
        return typed(value.copy(), to)
    if target == "json":
        return _to_json(node, value, source)
    if target == "text" and source not in ("integer", "boolean", "date", "unknown"):
        return text_of(value)
    if source == "json":
        value = text_at(value, literal("$"))
    if target == "time" and source != "date":
        return _to_time(node, value, source)
    return typed(type(node)(this=value.copy(), to=trino_type(to)), to)


def _same(value: exp.Expr, source: str, target: str, to: exp.DataType) -> exp.Expr:
    if source != target:
        raise TrinoError(f"a {target} of a value of another type")
    return typed(value.copy(), to)


def _to_json(node: exp.Expr, value: exp.Expr, source: str) -> exp.Expr:
    if isinstance(value, exp.Literal) and value.is_string:
        return typed(value.copy(), "json")
    if source == "unknown":  # a JSON text that an array of paths returned: Trino refuses a value of another type
        return typed(exp.Cast(this=value.copy(), to=exp.DataType.build("varchar")), "json")
    if source != "text":
        raise TrinoError(f"the JSON of a {source}")
    parsed = call("json_parse", value)
    return typed(call("json_format", call("try", parsed) if isinstance(node, exp.TryCast) else parsed), "json")


def _to_time(node: exp.Expr, value: exp.Expr, source: str) -> exp.Expr:
    if isinstance(value, exp.Literal):
        given = datetime.fromisoformat(value.name)
        moment = given.astimezone(UTC) if given.tzinfo else given
        return typed(exp.Cast(this=literal(f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3]), to=_timestamp()), "timestamp")
    if source not in ("text", "json"):
        raise TrinoError(f"the time of a {source}")
    parsed = call("from_iso8601_timestamp", call("replace", value, " ", "T"))
    moment_ = call("try", parsed) if isinstance(node, exp.TryCast) else parsed
    zoned = exp.AtTimeZone(this=moment_, zone=literal("UTC"))
    return typed(exp.Cast(this=zoned, to=_timestamp()), "timestamp")


def _timestamp() -> exp.DataType:
    return exp.DataType.build("timestamp")


def struct(node: exp.Expr) -> exp.Expr:
    """Return a struct literal as a row with named fields."""
    if node.type is None or kind(node) != "struct":
        raise TrinoError("a struct of values of unknown type")
    values = [pair.expression.copy() for pair in node.expressions]
    return typed(exp.Cast(this=exp.Anonymous(this="row", expressions=values), to=trino_type(node.type)), node.type)


def times(amount: exp.Expr, unit: str) -> exp.Expr:
    """Return an interval of so many units."""
    factor = exp.Paren(this=amount.copy()) if isinstance(amount, exp.Binary) else amount.copy()
    product = exp.Mul(this=factor, expression=exp.Interval(this=literal("1"), unit=exp.var(unit.upper())))
    return exp.Paren(this=product)


def _interval(node: exp.Expr) -> exp.Expr | None:
    amount, unit = node.this, node.args.get("unit")
    if isinstance(amount, exp.Literal):
        return None
    if amount is None or unit is None or unit.name.lower() not in _UNITS:
        raise TrinoError("an interval of months or years")
    return times(amount, unit.name)


def _extract(node: exp.Expr) -> exp.Expr | None:
    return typed(call("to_unixtime", node.expression), "double") if node.name.lower() == "epoch" else None


def _at_time_zone(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.args["zone"], exp.Literal) or node.args["zone"].name != "UTC":
        raise TrinoError("a time zone other than UTC")
    return typed(node.this.copy(), node.type or "timestamptz")


def _format(node: exp.Expr) -> exp.Expr | None:
    if not isinstance(node.args.get("format"), exp.Literal):
        raise TrinoError("a time format that is not a text")
    return None


RULES: dict[type[exp.Expr], Rule] = {
    exp.Cast: cast,
    exp.TryCast: cast,
    exp.Struct: struct,
    exp.AtTimeZone: _at_time_zone,
    exp.Interval: _interval,
    exp.ToDays: lambda node: times(node.this, "day"),
    exp.Extract: _extract,
    exp.TimeToUnix: lambda node: typed(call("to_unixtime", node.this), "double"),
    exp.TimeToStr: _format,
}
FUNCTIONS = {f"to_{unit}s": unit for unit in _UNITS}  # to_hours(n), which returns an interval
