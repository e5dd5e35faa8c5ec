"""Times and intervals. An interval is a number of microseconds, because Spark compares and multiplies its own otherwise."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, function, syntax
from iamsql.lake.engines.spark.types import BIGINT, DOUBLE, INTERVAL, TIMESTAMP, TIMESTAMPTZ, VARCHAR
from iamsql.lake.engines.spark.values import Value, call, cast, quote

_MICROSECONDS = {
    "microsecond": 1,
    "millisecond": 1000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
_FORMATS = {"%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%f": "SSSSSS"}
TIMES = ("timestamp", "timestamptz", "date")


def unit_of(text: str) -> int:
    """Return the microseconds of a unit; raise Untranslatable for months and years, which differ in length."""
    unit = text.lower().removesuffix("s")
    if unit not in _MICROSECONDS:
        raise Untranslatable(f"an interval has the unit {text.lower()}")
    return _MICROSECONDS[unit]


def micros(value: Value) -> str:
    """Return the microseconds of a time since 1970."""
    if value.type.name not in TIMES:
        raise Untranslatable(f"a value of the type {value.type.name} is used as a time")
    return call("unix_micros", cast(value, TIMESTAMPTZ))


def from_micros(sql: str, value: Value) -> Value:
    """Return the time of a number of microseconds, in the type of another time."""
    time = Value(call("timestamp_micros", sql), TIMESTAMPTZ)
    return time if value.type == TIMESTAMPTZ else cast(time, TIMESTAMP)


@syntax(exp.Interval)
def _interval(node: exp.Expr, of: Translator) -> Value:
    if node.this is None:
        raise Untranslatable("an interval has no number")
    amount, unit = of.value(node.this), node.args.get("unit")
    text = amount.text if amount.text is not None else amount.sql
    if unit is None and " " in text:
        text, _, word = text.strip().partition(" ")
    else:
        word = unit.name if unit is not None else ""
    if amount.text is not None and not text.lstrip("-").isdigit():
        raise Untranslatable("an interval has a number that is not an integer")
    return Value(f"(cast({text} as bigint) * {unit_of(word)})", INTERVAL)


@syntax(exp.ToDays)
def _to_days(node: exp.Expr, of: Translator) -> Value:
    return Value(f"(cast({of.value(node.this).sql} as bigint) * {_MICROSECONDS['day']})", INTERVAL)


@function("to_days", "to_hours", "to_minutes", "to_seconds", "to_weeks")
def _to_interval(node: exp.Expr, of: Translator) -> Value:
    unit = unit_of(node.name.lower().removeprefix("to_"))
    return Value(f"(cast({of.value(node.expressions[0]).sql} as bigint) * {unit})", INTERVAL)


@syntax(exp.TimeToUnix)
def _epoch(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    count = value.sql if value.type == INTERVAL else micros(value)
    return Value(f"(cast({count} as double) / 1000000D)", DOUBLE)


@syntax(exp.UnixToTime)
def _from_epoch(node: exp.Expr, of: Translator) -> Value:
    scale = node.args.get("scale")
    if scale is None or scale.name != "3":
        raise Untranslatable("a time is made of a number of another unit than milliseconds")
    value = of.value(node.this)
    if value.type.name in TIMES:  # epoch_ms() of a time is a number
        return Value(f"cast({call('floor', f'{micros(value)} / 1000')} as bigint)", BIGINT)
    return from_micros(f"cast({value.sql} as bigint) * 1000", Value("", TIMESTAMP))


@syntax(exp.Extract)
def _extract(node: exp.Expr, of: Translator) -> Value:
    part, value = node.name.lower(), of.value(node.expression)
    if part == "epoch":
        count = value.sql if value.type == INTERVAL else micros(value)
        return Value(f"(cast({count} as double) / 1000000D)", DOUBLE)
    if part in ("hour", "minute", "day", "month", "year") and value.type.name in TIMES:
        return Value(f"cast(extract({part.upper()} FROM {value.sql}) as bigint)", BIGINT)
    raise Untranslatable(f"the part {part} of a time is extracted")


@syntax(exp.AtTimeZone)
def _at_time_zone(node: exp.Expr, of: Translator) -> Value:
    value, zone = of.value(node.this), of.value(node.args["zone"])
    if zone.text is None or zone.text.upper() != "UTC":
        raise Untranslatable("a time is converted to another time zone than UTC")
    return cast(value, TIMESTAMP if value.type == TIMESTAMPTZ else TIMESTAMPTZ)


@syntax(exp.TimestampTrunc, exp.DateTrunc)
def _truncate(node: exp.Expr, of: Translator) -> Value:
    value, unit = of.value(node.this), node.args["unit"].name.lower()
    if unit not in ("second", "minute", "hour", "day", "week", "month", "quarter", "year"):
        raise Untranslatable(f"a time is truncated to {unit}")
    kind = TIMESTAMPTZ if value.type == TIMESTAMPTZ else TIMESTAMP
    return Value(f"cast({call('date_trunc', quote(unit), value)} as {kind.spark})", kind)


@syntax(exp.DateDiff)
def _difference(node: exp.Expr, of: Translator) -> Value:
    later, earlier = of.value(node.this), of.value(node.expression)
    unit = unit_of(node.args["unit"].name)
    counts = [call("floor", f"{micros(value)} / {unit}") for value in (later, earlier)]
    return Value(f"cast({counts[0]} - {counts[1]} as bigint)", BIGINT)


@syntax(exp.TimeToStr)
def _format(node: exp.Expr, of: Translator) -> Value:
    value, pattern = of.value(node.this), of.value(node.args["format"]).text
    if pattern is None or value.type.name not in TIMES:
        raise Untranslatable("the format of a time is not a literal")
    out, characters = [], iter(pattern)
    for character in characters:
        if character == "%":
            code = "%" + next(characters, "")
            if code not in _FORMATS:
                raise Untranslatable(f"the format of a time has {code}")
            out.append(_FORMATS[code])
        else:
            out.append(f"'{character}'" if character.isalpha() else character)
    return Value(call("date_format", value, quote("".join(out))), VARCHAR)


@function("now")
def _now(_: exp.Expr, __: Translator) -> Value:
    raise Untranslatable("a query reads the clock")
