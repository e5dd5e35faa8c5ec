"""Times: parts, truncation, ages, intervals and series."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal, number, paren, text
from iamsql.dialect.data_types import of_type
from iamsql.dialect.library import _intervals as _spans
from iamsql.dialect.library._time_zones import zone_of
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds, untyped
from iamsql.model import IamsqlError

FIELDS = set(
    "century day decade dow doy epoch hour isodow isoyear julian microseconds millennium milliseconds minute month quarter second "
    "timezone timezone_hour timezone_minute week year".split()
)
SPAN_FIELDS = set(
    "century day decade epoch hour microseconds millennium milliseconds minute month quarter second year".split()
)
ZONE = {"timezone", "timezone_hour", "timezone_minute"}
DATE_LACKS = {*ZONE, *"hour minute second microseconds milliseconds".split()}
UNITS = set(
    "microseconds milliseconds second minute hour day week month quarter year decade century millennium".split()
)
EXACT = {"epoch": "decimal(20, 6)", "second": "decimal(8, 6)", "milliseconds": "decimal(11, 3)", "julian": "double"}
MOMENTS = ("timestamptz", "timestamp", "date")


def span(words: str) -> exp.Expr:
    """Write an interval from PostgreSQL's text of it."""
    months, days, micros = _spans.read(words)
    return cast(text(f"{months} months {days} days {micros} microseconds"), "interval")


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Read an interval that is written out, and print intervals as PostgreSQL does."""
    to = of_type(node.args["to"])
    if to == "interval" and isinstance(node.this, exp.Literal) and node.this.is_string:
        return span(node.this.this)
    if to == "text" and kinds.of(node.this) == "interval":
        return call("pg_interval_text", node.this)
    return None


def _moment(node: exp.Expr, kinds: Kinds, zone: bool = True) -> exp.Expr:
    """Give a point in time as a timestamp: a date or a literal becomes one, as PostgreSQL prefers with a time zone."""
    kind = kinds.of(node)
    if kind == "date" or untyped(node):
        return cast(node, "timestamptz" if zone else "timestamp")
    return node


def _part(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give a field of a time or an interval: a float of date_part, a numeric of extract; so no division drops its fraction."""
    field = (literal(node.expressions[0]) or "").lower()
    value = node.expressions[1]
    field = field if field in FIELDS else field.removesuffix("s")
    of = kinds.of(value)
    missing = DATE_LACKS if of == "date" and node.this == "extract" else ZONE if of in ("date", "timestamp") else set()
    if field not in FIELDS or (of == "interval" and field not in SPAN_FIELDS) or field in missing:
        raise IamsqlError(
            f"'{field}' is no field of {'an interval' if of == 'interval' else f'a {of}' if missing else 'a time'}."
        )
    value = cast(value, "timestamptz") if untyped(value) else value
    exact = "double" if node.this == "date_part" else EXACT.get(field, "decimal(18, 0)")
    if field == "second":
        return cast(call("pg_seconds", value), exact)
    if field == "milliseconds":
        return cast(exp.Mul(this=call("pg_seconds", value), expression=number(1000)), exact)
    return cast(call("date_part", text(field), value), exact)


def _trunc(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    unit, value, *zone = node.expressions
    field = (literal(unit) or "").lower()
    field = field if field in UNITS else field.removesuffix("s")
    if field not in UNITS:
        raise IamsqlError(f"date_trunc takes one of {', '.join(sorted(UNITS))}, written out in the query.")
    moment = value if kinds.of(value) == "interval" else _moment(value, kinds)
    if zone:
        name = zone_of(zone[0], kinds)
        local = call("date_trunc", text(field), call("timezone", name, moment))
        return call("timezone", name.copy(), local)
    if field in ("century", "millennium") and kinds.of(value) != "interval":
        years = number(100 if field == "century" else 1000)
        return call("pg_trunc_years", moment, years)  # they begin with the year 1 of a hundred or thousand
    return call("date_trunc", text(field), moment)


def _age(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give the time between two moments in years, months and days; with one, up to midnight today."""
    moments = list(node.expressions)
    zone = any(kinds.of(one) in ("timestamptz", "date") or untyped(one) for one in moments)
    if len(moments) == 1:
        moments.insert(0, cast(exp.CurrentDate(), "timestamp"))
    return call("age", *(cast(one, "timestamptz" if zone else "timestamp") for one in moments))


def _series(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give whole numbers, or times a step apart."""
    bounds, step = node.expressions[:2], node.expressions[2:]
    times = (step and kinds.of(step[0]) == "interval") or any(kinds.of(one) in MOMENTS for one in bounds)
    if not times:
        if any(kinds.of(one) in ("number", "float") for one in node.expressions):
            raise IamsqlError("generate_series takes whole numbers or times here.")
        return call("generate_series", *(cast(one, "bigint") for one in node.expressions))
    if not step:
        raise IamsqlError("generate_series of times needs a step, such as interval '1 day'.")
    interval = span(literal(step[0]) or "") if untyped(step[0]) else step[0]
    local = all(kinds.of(one) == "timestamp" or untyped(one) for one in bounds) and not all(map(untyped, bounds))
    return call("generate_series", *(cast(one, "timestamp" if local else "timestamptz") for one in bounds), interval)


def _bin(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    stride, value, origin = node.expressions
    width = span(literal(stride) or "") if untyped(stride) else stride
    zone = any(kinds.of(one) in ("timestamptz", "date") for one in (value, origin))
    kind = "timestamptz" if zone else "timestamp"
    return call("time_bucket", width, cast(value, kind), cast(origin, kind))


def _macro(name: str) -> Rewrite:
    return lambda node, kinds: call(name, *node.expressions)


def _zone(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Move a time into a zone, or read it as one of that zone."""
    zone, value = node.expressions
    return call("timezone", zone_of(zone, kinds), _moment(value, kinds))


def _at_zone(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("timezone", zone_of(node.args["zone"], kinds), _moment(node.this, kinds))


def _over(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Divide an interval by a number."""
    if kinds.of(node.this) != "interval":
        return None
    return call(
        "pg_interval_times",
        node.this,
        exp.Div(this=cast(number(1), "double"), expression=cast(paren(node.expression), "double")),
    )


def _times(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Multiply an interval by a number, on either side."""
    one, other = node.this, node.expression
    if kinds.of(other) == "interval":
        one, other = other, one
    if kinds.of(one) != "interval":
        return None
    return call("pg_interval_times", one, cast(paren(other), "double"))


def _plus(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Read a literal beside a time as what PostgreSQL takes it for: an interval after +, a time after -."""
    one, other = node.this, node.expression
    if "time" in (kinds.of(one), kinds.of(other)):
        raise IamsqlError("Arithmetic with the type time is not supported; use a timestamp, or an interval.")
    if literal(one) is not None and untyped(one) and kinds.of(other) in MOMENTS:
        if isinstance(node, exp.Sub):
            return exp.Sub(this=cast(one, kinds.of(other)), expression=other)
        one, other = other, one
    if kinds.of(one) not in (*MOMENTS, "interval") or literal(other) is None or not untyped(other):
        return None
    if isinstance(node, exp.Add) or kinds.of(one) == "interval":
        new = span(literal(other) or "")
    elif kinds.of(one) == "date":
        new = cast(other, "date")
    else:
        new = cast(other, "timestamptz" if kinds.of(one) == "timestamptz" else "timestamp")
    return type(node)(this=one, expression=new)


OPERATORS = {
    exp.Cast: _cast,
    exp.AtTimeZone: _at_zone,
    exp.Mul: _times,
    exp.Div: _over,
    exp.Add: _plus,
    exp.Sub: _plus,
}


REWRITES: dict[str, Rewrite] = {
    "clock_timestamp": lambda node, kinds: call("now"),
    "date_part": _part,
    "extract": _part,
    "date_trunc": _trunc,
    "age": _age,
    "make_date": _macro("make_date"),
    "make_timestamp": _macro("make_timestamp"),
    "make_timestamptz": _macro("make_timestamptz"),
    "date_bin": _bin,
    "isfinite": _macro("isfinite"),
    "timezone": _zone,
}
TABLES: dict[str, Rewrite] = {"generate_series": _series}
KINDS = {
    "clock_timestamp": "timestamptz",
    "date_part": "float",
    "extract": "number",
    "date_trunc": "arg2",
    "make_date": "date",
    "make_timestamp": "timestamp",
    "make_timestamptz": "timestamptz",
    "age": "interval",
    "date_bin": "arg2",
    "isfinite": "boolean",
    "generate_series": "arg",
    "timezone": "arg2",
}
