"""Arithmetic of numbers, times and intervals, and casts."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.rules.json_functions import json_text
from iamsql.lake.engines.spark.rules.json_values import exact_text, json_of, parsed, scalar_text
from iamsql.lake.engines.spark.rules.texts import text_of
from iamsql.lake.engines.spark.rules.times import TIMES, from_micros, micros
from iamsql.lake.engines.spark.types import (
    BIGINT,
    DATE,
    DOUBLE,
    INTERVAL,
    JSON,
    VARCHAR,
    Type,
    common,
    from_tree,
)
from iamsql.lake.engines.spark.values import Value, call, cast, null, quote


@syntax(exp.Add, exp.Sub)
def _sum(node: exp.Expr, of: Translator) -> Value:
    sign = "+" if isinstance(node, exp.Add) else "-"
    left, right = of.value(node.this), of.value(node.expression)
    kinds = (left.type.name, right.type.name)
    if kinds[0] in TIMES and kinds[1] == "interval":
        return from_micros(f"{micros(left)} {sign} {right.sql}", left)
    if kinds[1] in TIMES and kinds[0] == "interval" and sign == "+":
        return from_micros(f"{micros(right)} + {left.sql}", right)
    if kinds == ("date", "date") and sign == "-":
        return Value(f"cast({call('datediff', left, right)} as bigint)", BIGINT)
    if kinds[0] in TIMES and kinds[1] in TIMES and sign == "-":
        return Value(f"({micros(left)} - {micros(right)})", INTERVAL)
    if kinds[0] == "date" and right.type.is_number:
        return Value(call("date_add", left, f"{'' if sign == '+' else '-'}cast({right.sql} as int)"), DATE)
    if kinds == ("interval", "interval"):
        return Value(f"({left.sql} {sign} {right.sql})", INTERVAL)
    return _numbers(left, right, sign)


def _numbers(left: Value, right: Value, sign: str) -> Value:
    if not all(value.type.is_number or value.type.name == "null" for value in (left, right)):
        raise Untranslatable(f"{left.type.name} {sign} {right.type.name}")
    return Value(f"({left.sql} {sign} {right.sql})", common([left.type, right.type]))


@syntax(exp.Mul)
def _product(node: exp.Expr, of: Translator) -> Value:
    left, right = of.value(node.this), of.value(node.expression)
    if INTERVAL in (left.type, right.type):
        number = right if left.type == INTERVAL else left
        if number.type.name not in ("integer", "bigint", "hugeint"):
            raise Untranslatable("an interval is multiplied with a number that is not an integer")
        return Value(f"({left.sql} * {right.sql})", INTERVAL)
    return _numbers(left, right, "*")


@syntax(exp.Div)
def _quotient(node: exp.Expr, of: Translator) -> Value:
    left, right = of.value(node.this), of.value(node.expression)
    if not (left.type.is_number and right.type.is_number):
        raise Untranslatable(f"{left.type.name} / {right.type.name}")
    dividend, divisor = f"cast({left.sql} as double)", f"cast({right.sql} as double)"
    if isinstance(node.expression, exp.Literal) and float(node.expression.name):
        return Value(f"({dividend} / {divisor})", DOUBLE)
    infinite = f"WHEN {dividend} > 0 THEN double('Infinity') WHEN {dividend} < 0 THEN double('-Infinity')"
    by_zero = f"(CASE {infinite} WHEN {dividend} = 0 THEN double('NaN') END)"
    return Value(f"(CASE WHEN {divisor} = 0 THEN {by_zero} ELSE {dividend} / nullif({divisor}, 0D) END)", DOUBLE)


@syntax(exp.IntDiv, exp.Mod)
def _whole_quotient(node: exp.Expr, of: Translator) -> Value:
    left, right = of.value(node.this), of.value(node.expression)
    kind = common([left.type, right.type])
    if kind.name not in ("integer", "bigint"):
        raise Untranslatable(f"integer division of {kind.name}")
    sign = "div" if isinstance(node, exp.IntDiv) else "%"
    return Value(f"cast({left.sql} {sign} nullif({right.sql}, 0) as {kind.spark})", kind)


@syntax(exp.Neg)
def _negative(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    return Value(f"(-{value.sql})", value.type)


@syntax(exp.Abs)
def _absolute(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    return Value(call("abs", value), value.type)


@syntax(exp.Floor, exp.Ceil)
def _floor(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    name = "floor" if isinstance(node, exp.Floor) else "ceil"
    if value.type == DOUBLE:
        return Value(f"cast({call(name, value)} as double)", DOUBLE)
    raise Untranslatable(f"{name} of {value.type.name}")


@syntax(exp.Round)
def _round(node: exp.Expr, of: Translator) -> Value:
    value, places = of.value(node.this), node.args.get("decimals")
    if places is None or value.type != DOUBLE:
        return Value(call("round", value, *([of.value(places)] if places is not None else [])), value.type)
    scale = f"{10 ** int(of.value(places).sql)}D"  # the digits of a double are rounded as a decimal's by Spark only
    return Value(f"({call('round', f'{value.sql} * {scale}')} / {scale})", DOUBLE)


@syntax(exp.Cast, exp.TryCast)
def _cast(node: exp.Expr, of: Translator) -> Value:
    return convert(of.value(node.this), from_tree(node.args["to"]), isinstance(node, exp.TryCast))


def convert(value: Value, kind: Type, is_try: bool) -> Value:
    """Return a value that a query casts to a type."""
    source = value.type
    if source == kind or source.name == "null":
        return value if source == kind else null(kind)
    if kind == JSON:
        return _to_json(value, is_try)
    if source == JSON:
        return _from_json(value, kind, is_try)
    if kind == VARCHAR:
        return Value(text_of(value), VARCHAR, text=value.text)
    if _same_shape(source, kind):
        return cast(value, kind)
    if kind.name == "list" and source.name == "list" and source.element and kind.element:
        return _list(value, kind, is_try)
    if kind.name in ("list", "struct"):
        raise Untranslatable(f"{source.name} is cast to {kind.name}")
    if source == VARCHAR and kind.name in ("integer", "bigint", "hugeint"):
        # DuckDB accepts '1.5' and rounds, as Spark does not.
        return Value(f"try_cast({call('round', f'try_cast({value.sql} as decimal(38,6))')} as {kind.spark})", kind)
    if source.is_number and kind.name in ("integer", "bigint", "hugeint") and source.name in ("double", "decimal"):
        half_to_even = f"CASE WHEN abs({value.sql} % 1) = 0.5 THEN 2 * {call('round', f'{value.sql} / 2')} "
        rounded = f"({half_to_even}ELSE {call('round', value)} END)" if source == DOUBLE else call("round", value)
        return Value(f"cast({rounded} as {kind.spark})", kind)
    return Value(f"{'try_cast' if is_try or source == VARCHAR else 'cast'}({value.sql} as {kind.spark})", kind)


def _same_shape(source: Type, kind: Type) -> bool:
    """Return whether the types differ only in the types of NULLs, so Spark's cast by place is DuckDB's by name."""
    if source == kind or source.name == "null":
        return True
    if source.name == kind.name == "list":
        return _same_shape(source.element or kind, kind.element or source)
    if source.name == kind.name == "struct" and len(source.members) == len(kind.members):
        pairs = zip(source.members, kind.members, strict=True)
        return all(ours[0].lower() == theirs[0].lower() and _same_shape(ours[1], theirs[1]) for ours, theirs in pairs)
    return {source.name, kind.name} <= {"integer", "bigint"} and kind.name == "bigint"


def _list(value: Value, kind: Type, is_try: bool) -> Value:
    if value.type.element == JSON and kind.element == VARCHAR and not value.is_loose:
        return Value(value.sql, kind)
    if value.type.element == JSON and kind.element == JSON:
        return value
    element = convert(Value("c", value.type.element or VARCHAR), kind.element or VARCHAR, is_try)
    if value.is_loose:
        raise Untranslatable("the elements of a JSON array are cast")
    return Value(call("transform", value, f"c -> {element.sql}"), kind)


def _to_json(value: Value, is_try: bool) -> Value:
    if value.type != VARCHAR:
        return Value(json_text(value), JSON)
    if not is_try:
        return Value(value.sql, JSON, text=value.text)
    valid = f"{call('get_json_object', value, quote('$'))} IS NOT NULL OR trim({value.sql}) = 'null'"
    return Value(f"(CASE WHEN {valid} THEN {value.sql} END)", JSON)


def _from_json(value: Value, kind: Type, is_try: bool) -> Value:
    if kind.name == "varchar":
        return Value(exact_text(value), VARCHAR)
    if kind.name == "list" and kind.element == VARCHAR:
        return Value(parsed(value, "array<string>"), kind)
    if kind.name == "list" and kind.element == JSON:
        return Value(parsed(value, "array<string>"), kind, is_loose=True)
    if kind.name in ("list", "struct"):
        if any(part.name in ("timestamp", "timestamptz", "date", "list") for _, part in kind.members):
            raise Untranslatable(f"JSON is cast to {kind.name}")
        return Value(parsed(value, kind.spark), kind)
    return convert(Value(scalar_text(json_of(value)), VARCHAR), kind, is_try)
