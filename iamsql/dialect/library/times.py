"""Functions and operators of times: fields, truncation, age, time zones, series, and arithmetic with intervals."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal_text, number, text
from iamsql.dialect.data_types import type_category
from iamsql.dialect.library.intervals import argument_interval, interval_literal
from iamsql.dialect.typing import Function, Rewrite, Types, is_untyped
from iamsql.model import IamsqlError

_ZONE_FIELDS = {"timezone", "timezone_hour", "timezone_minute"}
_CLOCK_FIELDS = {"hour", "minute", "second", "microseconds", "milliseconds"}
_INTERVAL_FIELDS = _CLOCK_FIELDS | set("century day decade epoch millennium month quarter year".split())
_FIELDS = _INTERVAL_FIELDS | _ZONE_FIELDS | set("dow doy isodow isoyear julian week".split())
_TRUNC_UNITS = (_INTERVAL_FIELDS | {"week"}) - {"epoch", "century", "millennium"}
# The types that keep the digits of a field of extract; every other field is an integer.
_FIELD_TYPES = {
    "epoch": "decimal(20, 6)",
    "second": "decimal(8, 6)",
    "milliseconds": "decimal(11, 3)",
    "julian": "double",
}
_UTC_NAMES = {"utc", "gmt", "z", "zulu", "universal"}
_MOMENT_TYPES = ("timestamptz", "timestamp", "date")


def _rewrite_cast(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Cast a literal to an interval, and an interval to text."""
    target = type_category(node.args["to"])
    if target == "interval" and isinstance(node.this, exp.Literal) and node.this.is_string:
        return interval_literal(node.this.this)
    return call("pg_interval_text", node.this) if target == "text" and types.of(node.this) == "interval" else None


def _as_timestamp(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a time as a timestamp; a date or literal becomes a timestamp with time zone, which PostgreSQL prefers."""
    return cast(node, "timestamptz") if types.of(node) == "date" or is_untyped(node) else node


def _has_zone(node: exp.Expr, types: Types) -> bool:
    return types.of(node) in ("timestamptz", "date")


def _unit_name(node: exp.Expr, units: set[str]) -> str:
    """Return the name of a field or unit, which may be a plural."""
    name = (literal_text(node) or "").lower()
    return name if name in units else name.removesuffix("s")


def _rewrite_extract(node: exp.Expr, types: Types) -> exp.Expr:
    """Return a field of a time or an interval: as float by date_part, as numeric by extract."""
    name, value = node.expressions
    field, source = _unit_name(name, _FIELDS), types.of(value)
    unsupported_fields = _ZONE_FIELDS if source in ("date", "timestamp") else set()
    if source == "date" and node.this == "extract":
        unsupported_fields = unsupported_fields | _CLOCK_FIELDS
    if field not in _FIELDS or (source == "interval" and field not in _INTERVAL_FIELDS) or field in unsupported_fields:
        owner = "an interval" if source == "interval" else f"a {source}" if unsupported_fields else "a time"
        raise IamsqlError(f"'{field}' is not a field of {owner}.")
    value = cast(value, "timestamptz") if is_untyped(value) else value
    result = "double" if node.this == "date_part" else _FIELD_TYPES.get(field, "decimal(18, 0)")
    # date_part of DuckDB returns integers, without the fraction of the second.
    if field == "second":
        return cast(call("pg_seconds", value), result)
    if field == "milliseconds":
        return cast(exp.Mul(this=call("pg_seconds", value), expression=number(1000)), result)
    return cast(call("date_part", text(field), value), result)


def _rewrite_date_trunc(node: exp.Expr, types: Types) -> exp.Expr:
    name, value = node.expressions
    unit = _unit_name(name, _TRUNC_UNITS)
    if unit not in _TRUNC_UNITS:
        raise IamsqlError(f"date_trunc takes one of {', '.join(sorted(_TRUNC_UNITS))} as a string literal.")
    return call("date_trunc", text(unit), value if types.of(value) == "interval" else _as_timestamp(value, types))


def _rewrite_age(node: exp.Expr, types: Types) -> exp.Expr:
    """Return the time between two moments in years, months and days; of one moment, the time up to midnight today."""
    moments = list(node.expressions)
    has_zone = any(_has_zone(moment, types) or is_untyped(moment) for moment in moments)
    if len(moments) == 1:
        moments.insert(0, cast(exp.CurrentDate(), "timestamp"))
    return call("age", *(cast(moment, "timestamptz" if has_zone else "timestamp") for moment in moments))


def _rewrite_generate_series(node: exp.Expr, types: Types) -> exp.Expr:
    bounds, step = node.expressions[:2], node.expressions[2:]
    is_interval_step = step and types.of(step[0]) == "interval"
    if not is_interval_step and not any(types.of(bound) in _MOMENT_TYPES for bound in bounds):
        if any(types.of(argument) in ("number", "float") for argument in node.expressions):
            raise IamsqlError("generate_series takes integers or times here.")
        return call("generate_series", *(cast(argument, "bigint") for argument in node.expressions))
    if not step:
        raise IamsqlError("generate_series of times needs a step, such as interval '1 day'.")
    interval = argument_interval(step[0]) if is_untyped(step[0]) else step[0]
    typed_bounds = [types.of(bound) for bound in bounds if not is_untyped(bound)]
    target = "timestamp" if typed_bounds and {*typed_bounds} == {"timestamp"} else "timestamptz"
    return call("generate_series", *(cast(bound, target) for bound in bounds), interval)


def _duckdb_zone(node: exp.Expr, types: Types) -> exp.Expr:
    """Return the name of a time zone: regions have the same names; raise IamsqlError for a literal other than a region or UTC.

    PostgreSQL reads an abbreviation as a fixed offset, and the sign of an offset as in POSIX; DuckDB does neither.
    """
    if types.of(node) == "interval":
        raise IamsqlError("AT TIME ZONE with an interval is not supported: use a name, such as 'Europe/Berlin'.")
    name = literal_text(node)
    if name is None or "/" in name:
        return node.copy()
    if name.lower() not in _UTC_NAMES:
        raise IamsqlError(f"The time zone '{name}' is not supported: use a region, such as 'Europe/Berlin', or UTC.")
    return text("UTC")


def _rewrite_timezone(zone: exp.Expr, time: exp.Expr, types: Types) -> exp.Expr:
    """Convert a time with a zone to the local time of a zone, or back."""
    return call("timezone", _duckdb_zone(zone, types), _as_timestamp(time, types))


def _add_or_subtract(node: exp.Expr, types: Types) -> exp.Expr | None:
    """Convert a literal that is added to a time or subtracted from it: an interval after +, and a time after -."""
    left, right = node.this, node.expression
    if "time" in (types.of(left), types.of(right)):
        raise IamsqlError("Arithmetic with the type time is not supported; use a timestamp, or an interval.")
    if literal_text(left) is not None and is_untyped(left) and types.of(right) in _MOMENT_TYPES:
        if isinstance(node, exp.Sub):
            return exp.Sub(this=cast(left, types.of(right)), expression=right)
        left, right = right, left
    if types.of(left) not in (*_MOMENT_TYPES, "interval") or literal_text(right) is None or not is_untyped(right):
        return None
    # PostgreSQL assumes the type of the other operand for a literal after -, and an interval after +.
    if isinstance(node, exp.Add) or types.of(left) == "interval":
        return type(node)(this=left, expression=argument_interval(right))
    return type(node)(this=left, expression=cast(right, types.of(left)))


OPERATORS: dict[type[exp.Expr], Rewrite] = {
    exp.Cast: _rewrite_cast,
    exp.AtTimeZone: lambda node, types: _rewrite_timezone(node.args["zone"], node.this, types),
    exp.Add: _add_or_subtract,
    exp.Sub: _add_or_subtract,
}
FUNCTIONS: dict[str, Function] = {
    "date_part": Function(_rewrite_extract, "float"),
    "extract": Function(_rewrite_extract, "number"),
    "date_trunc": Function(_rewrite_date_trunc, "arg2"),
    "age": Function(_rewrite_age, "interval"),
    "timezone": Function(
        lambda node, types: _rewrite_timezone(node.expressions[0], node.expressions[1], types), "arg2"
    ),
}
SET_RETURNING = {"generate_series": Function(_rewrite_generate_series, "arg")}
