"""Times, intervals and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.names import quote
from iamsql.lake.engines.spark.types import NUMBER_KINDS, TIME_KINDS, kind, spark_type
from iamsql.lake.engines.spark.writers.literals import Writer, constant_text, whole_number

_MICROSECONDS_BY_UNIT = {
    "MICROSECOND": 1,
    "MILLISECOND": 1000,
    "SECOND": 1_000_000,
    "MINUTE": 60_000_000,
    "HOUR": 3_600_000_000,
    "DAY": 86_400_000_000,
    "WEEK": 604_800_000_000,
}
_DATE_PATTERNS = {"%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%f": "SSSSSS"}
_TRUNCATION_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")


def _interval_unit(unit_name: str) -> str:
    """Return the unit of an interval; raise UntranslatableError for months and years, which differ in length."""
    unit = unit_name.upper().removesuffix("S")
    if unit not in _MICROSECONDS_BY_UNIT:
        raise UntranslatableError(f"an interval has the unit {unit_name.lower()}")
    return unit


def _write_microseconds(self: SparkGenerator, node: exp.Expr) -> str:
    """Return the microseconds of a time since 1970, or of an interval that is the difference of times."""
    inner = node.unnest()
    if isinstance(inner, exp.Sub) and kind(inner.this) in TIME_KINDS and kind(inner.expression) in TIME_KINDS:
        return f"({_write_microseconds(self, inner.this)} - {_write_microseconds(self, inner.expression)})"
    if kind(node) not in TIME_KINDS:
        raise UntranslatableError(f"a value of the type {kind(node) or 'unknown'} is used as a time")
    return f"UNIX_MICROS(CAST({self.sql(node)} AS TIMESTAMP))"


def _write_epoch(self: SparkGenerator, node: exp.Expr) -> str:
    time = node.expression if isinstance(node, exp.Extract) else node.this
    return f"(CAST({_write_microseconds(self, time)} AS DOUBLE) / 1000000D)"


def _write_date_part(self: SparkGenerator, node: exp.Expr) -> str:
    part = node.name.lower()
    if part == "epoch":
        return _write_epoch(self, node)
    if part not in ("hour", "minute", "day", "month", "year") or kind(node.expression) not in TIME_KINDS:
        raise UntranslatableError(f"the part {part} of a time is extracted")
    return f"CAST(EXTRACT({part.upper()} FROM {self.sql(node.expression)}) AS BIGINT)"


def _write_milliseconds(self: SparkGenerator, node: exp.Expr) -> str:
    if node.args.get("scale") is None or node.args["scale"].name != "3":
        raise UntranslatableError("a time is made of a number of another unit than milliseconds")
    if kind(node.this) in TIME_KINDS:  # epoch_ms() of a time is a number
        return f"CAST(FLOOR({_write_microseconds(self, node.this)} / 1000) AS BIGINT)"
    return f"CAST(TIMESTAMP_MICROS(CAST({self.sql(node.this)} AS BIGINT) * 1000) AS TIMESTAMP_NTZ)"


def _write_date_difference(self: SparkGenerator, node: exp.Expr) -> str:
    unit = _MICROSECONDS_BY_UNIT[_interval_unit(node.args["unit"].name)]
    later_units, earlier_units = (
        f"FLOOR({_write_microseconds(self, value)} / {unit})" for value in (node.this, node.expression)
    )
    return f"CAST({later_units} - {earlier_units} AS BIGINT)"


def _write_at_time_zone(self: SparkGenerator, node: exp.Expr) -> str:
    if (constant_text(node.args["zone"]) or "").upper() != "UTC":
        raise UntranslatableError("a time is converted to another time zone than UTC")
    return f"CAST({self.sql(node.this)} AS {spark_type(node.type)})"


def _write_truncate(self: SparkGenerator, node: exp.Expr) -> str:
    unit = node.args["unit"].name.lower()
    if unit not in _TRUNCATION_UNITS:
        raise UntranslatableError(f"a time is truncated to {unit}")
    return f"CAST(DATE_TRUNC({quote(unit)}, {self.sql(node.this)}) AS {spark_type(node.type)})"


def _write_strftime(self: SparkGenerator, node: exp.Expr) -> str:
    pattern = constant_text(node.args["format"])
    if pattern is None or kind(node.this) not in TIME_KINDS:
        raise UntranslatableError("the format of a time is not a literal")
    pattern_parts, characters = [], iter(pattern)
    for character in characters:
        code = "%" + next(characters, "") if character == "%" else character
        if character == "%" and code not in _DATE_PATTERNS:
            raise UntranslatableError(f"the format of a time has {code}")
        pattern_parts.append(_DATE_PATTERNS.get(code) or (f"'{code}'" if code.isalpha() else code))
    return f"DATE_FORMAT({self.sql(node.this)}, {quote(''.join(pattern_parts))})"


def _write_interval(self: SparkGenerator, node: exp.Expr) -> str:
    amount, unit = constant_text(node.this) or node.name, node.args.get("unit")
    del self  # it writes only literals
    number, _, unit_name = amount.strip().partition(" ")
    if not number.lstrip("-").isdigit():
        raise UntranslatableError("an interval has a number that is not an integer")
    return _interval_sql(number, unit.name if unit is not None else unit_name)


def _interval_sql(number: str, unit: str) -> str:
    return f"(CAST({number} AS BIGINT) * INTERVAL '1' {_interval_unit(unit)})"


def _interval_function_writer(unit: str) -> Callable[[SparkGenerator, Sequence[exp.Expr]], str]:
    return lambda self, arguments: _interval_sql(self.sql(arguments[0]), unit)


# -- numbers ---------------------------------------------------------------------------------------------------------------


def _write_add_or_subtract(self: SparkGenerator, node: exp.Expr) -> str:
    """Write a sum or a difference. The difference of two dates is a number of days."""
    left, right = kind(node.this), kind(node.expression)
    if not {left, right} <= {*NUMBER_KINDS, *TIME_KINDS, "interval", "null"}:
        raise UntranslatableError(
            f"{left or 'unknown'} {'-' if isinstance(node, exp.Sub) else '+'} {right or 'unknown'}"
        )
    if isinstance(node, exp.Sub) and left == right == "date":
        return f"CAST(DATEDIFF({self.sql(node.this)}, {self.sql(node.expression)}) AS BIGINT)"
    sign = "-" if isinstance(node, exp.Sub) else "+"
    if left == "date" and right == "interval":
        return f"(CAST({self.sql(node.this)} AS TIMESTAMP_NTZ) {sign} {self.sql(node.expression)})"
    return f"{self.sql(node.this)} {sign} {self.sql(node.expression)}"


def _write_multiplication(self: SparkGenerator, node: exp.Expr) -> str:
    kinds = {kind(node.this), kind(node.expression)}
    if "interval" in kinds and not kinds <= {"interval", "integer", "bigint", "hugeint"}:
        raise UntranslatableError("an interval is multiplied with a number that is not an integer")
    return f"{self.sql(node.this)} * {self.sql(node.expression)}"


def _write_division(self: SparkGenerator, node: exp.Expr) -> str:
    dividend, divisor = f"CAST({self.sql(node.this)} AS DOUBLE)", f"CAST({self.sql(node.expression)} AS DOUBLE)"
    if isinstance(node.expression, exp.Literal) and float(node.expression.name):
        return f"({dividend} / {divisor})"
    infinite_cases = f"WHEN {dividend} > 0 THEN DOUBLE('Infinity') WHEN {dividend} < 0 THEN DOUBLE('-Infinity')"
    by_zero = f"(CASE {infinite_cases} WHEN {dividend} = 0 THEN DOUBLE('NaN') END)"
    return f"(CASE WHEN {divisor} = 0 THEN {by_zero} ELSE {dividend} / NULLIF({divisor}, 0D) END)"


def _integer_division_writer(sign: str) -> Writer:
    def write(self: SparkGenerator, node: exp.Expr) -> str:
        if kind(node) not in ("integer", "bigint"):
            raise UntranslatableError(f"integer division of {kind(node) or 'unknown'}")
        return f"CAST({self.sql(node.this)} {sign} NULLIF({self.sql(node.expression)}, 0) AS {spark_type(node.type)})"

    return write


def _write_round(self: SparkGenerator, node: exp.Expr) -> str:
    places = node.args.get("decimals")
    if places is None or kind(node.this) != "double":
        return f"ROUND({self.sql(node.this)}{f', {self.sql(places)}' if places is not None else ''})"
    if (number := whole_number(places)) is None:
        raise UntranslatableError("a number is rounded to digits that are not a literal")
    scale = f"{10**number}D"  # the digits of a double are rounded as a decimal's by Spark only
    return f"(ROUND({self.sql(node.this)} * {scale}) / {scale})"


def _write_floor(self: SparkGenerator, node: exp.Expr) -> str:
    if kind(node.this) != "double":
        raise UntranslatableError(f"{node.key} of {kind(node.this) or 'unknown'}")
    return f"CAST({node.key.upper()}({self.sql(node.this)}) AS DOUBLE)"


WRITERS: dict[type[exp.Expr], Writer] = {
    exp.TimeToUnix: _write_epoch,
    exp.Extract: _write_date_part,
    exp.UnixToTime: _write_milliseconds,
    exp.DateDiff: _write_date_difference,
    exp.AtTimeZone: _write_at_time_zone,
    exp.TimestampTrunc: _write_truncate,
    exp.DateTrunc: _write_truncate,
    exp.TimeToStr: _write_strftime,
    exp.Interval: _write_interval,
    exp.ToDays: lambda self, node: _interval_sql(self.sql(node.this), "DAY"),
    exp.Add: _write_add_or_subtract,
    exp.Sub: _write_add_or_subtract,
    exp.Mul: _write_multiplication,
    exp.Div: _write_division,
    exp.IntDiv: _integer_division_writer("DIV"),
    exp.Mod: _integer_division_writer("%"),
    exp.Round: _write_round,
    exp.Floor: _write_floor,
    exp.Ceil: _write_floor,
}
CALLS = {f"to_{word}s": _interval_function_writer(word) for word in ("day", "hour", "minute", "second", "week")}
