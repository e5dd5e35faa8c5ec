"""Aggregate functions: NULLs are skipped or counted as in DuckDB, and sorted last."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.rules.json_values import exact_text
from iamsql.lake.engines.spark.rules.texts import text_of
from iamsql.lake.engines.spark.types import BIGINT, BOOLEAN, DOUBLE, HUGEINT, VARCHAR, Type, list_of
from iamsql.lake.engines.spark.values import Value, call, quote, struct

AGGREGATES = (
    *(exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.LogicalOr, exp.LogicalAnd, exp.AnyValue, exp.First),
    *(exp.GroupConcat, exp.ArrayAgg, exp.ArgMin, exp.ArgMax),
)
SIMPLE: dict[type[exp.Expr], str] = {
    exp.Min: "min",
    exp.Max: "max",
    exp.LogicalOr: "bool_or",
    exp.LogicalAnd: "bool_and",
    exp.Sum: "sum",
    exp.Avg: "avg",
}


def order(keys: list[exp.Expr], of: Translator) -> str:
    """Return the keys of ORDER BY, NULLs last unless the query says otherwise."""
    return ", ".join(ordered(key, of.value(key.this)) for key in keys)


def ordered(key: exp.Expr, value: Value) -> str:
    """Return a key of ORDER BY."""
    direction = " DESC" if key.args.get("desc") else ""
    return f"{exact_text(value)}{direction} NULLS {'FIRST' if key.args.get('nulls_first') else 'LAST'}"


def _split(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr], bool]:
    """Return the argument of an aggregate, the keys of its order, and whether it is DISTINCT."""
    argument, keys, distinct = node, list[exp.Expr](), False
    if isinstance(argument, exp.Order):
        argument, keys = argument.this, argument.expressions
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1:
            raise Untranslatable("an aggregate has several distinct arguments")
        argument, distinct = argument.expressions[0], True
    if isinstance(argument, exp.Order):
        argument, keys = argument.this, argument.expressions
    return argument, list(keys), distinct


@syntax(*SIMPLE)
def _simple(node: exp.Expr, of: Translator) -> Value:
    return aggregate(node, of, "")


@syntax(exp.Count)
def _count(node: exp.Expr, of: Translator) -> Value:
    return aggregate(node, of, "")


@syntax(exp.AnyValue, exp.ArgMin, exp.ArgMax, exp.GroupConcat, exp.ArrayAgg, exp.First)
def _other(node: exp.Expr, of: Translator) -> Value:
    return aggregate(node, of, "")


@syntax(exp.IgnoreNulls)
def _ignore_nulls(node: exp.Expr, of: Translator) -> Value:
    return aggregate(node.this, of, "")


@syntax(exp.Filter)
def _filter(node: exp.Expr, of: Translator) -> Value:
    inner = node.this.this if isinstance(node.this, exp.IgnoreNulls) else node.this
    return aggregate(inner, of, of.value(node.expression.this).sql)


def aggregate(node: exp.Expr, of: Translator, condition: str) -> Value:
    """Return an aggregate of the rows for which the condition holds; '' means all rows."""
    if isinstance(node, exp.GroupConcat):
        return _string_agg(node, of, condition)
    if isinstance(node, exp.ArrayAgg):
        return _list(node, of, condition)
    if isinstance(node, exp.ArgMin | exp.ArgMax):
        return _arg_extreme(node, of, condition)
    if isinstance(node, exp.AnyValue | exp.First):
        value = of.value(node.this)
        if value.parts:
            return struct(
                {
                    key: Value(f"any_value({part.sql}, true){_where(condition)}", part.type)
                    for key, part in value.parts.items()
                }
            )
        return Value(f"any_value({exact_text(value)}, true){_where(condition)}", value.type)
    if isinstance(node, exp.Count):
        return Value(f"count({counted_of(node, of)}){_where(condition)}", BIGINT)
    argument, keys, distinct = _split(node.this)
    if keys or (distinct and not isinstance(node, exp.Min | exp.Max)):
        raise Untranslatable("an aggregate has an order")
    value = of.value(argument)
    return Value(f"{call(SIMPLE[type(node)], exact_text(value))}{_where(condition)}", result_of(node, value.type))


def _where(condition: str) -> str:
    return f" FILTER (WHERE {condition})" if condition else ""


def result_of(node: exp.Expr, kind: Type) -> Type:
    """Return the type of an aggregate of values of a type."""
    if isinstance(node, exp.Sum):
        return HUGEINT if kind.name in ("integer", "bigint", "hugeint") else kind
    return (
        DOUBLE if isinstance(node, exp.Avg) else BOOLEAN if isinstance(node, exp.LogicalOr | exp.LogicalAnd) else kind
    )


def counted_of(node: exp.Expr, of: Translator) -> str:
    """Return the argument of count()."""
    if node.this is None or isinstance(node.this, exp.Star):
        return "*"
    argument, _, distinct = _split(node.this)
    value = of.value(argument)
    return ("DISTINCT " if distinct else "") + ("1" if value.parts and not distinct else exact_text(value))


def _string_agg(node: exp.Expr, of: Translator, condition: str) -> Value:
    argument, keys, distinct = _split(node.this)
    separator = node.args.get("separator")
    text = text_of(of.value(argument))
    if not keys and not distinct:
        raise Untranslatable("string_agg has no order")
    if keys and distinct and [key.this for key in keys] != [argument]:
        raise Untranslatable("string_agg is distinct and has another order")
    between = of.value(separator).sql if separator is not None else quote(",")
    if not keys:
        raise Untranslatable("string_agg has no order")
    if not distinct:
        return Value(
            f"listagg({text}, {between}) WITHIN GROUP (ORDER BY {order(keys, of)}){_where(condition)}", VARCHAR
        )
    # Apache Spark fails for listagg(DISTINCT …) beside another DISTINCT aggregate.
    items = call("array_sort", f"{call('collect_set', text)}{_where(condition)}")
    items = call("reverse", items) if keys[0].args.get("desc") else items
    return Value(f"(CASE WHEN {call('array_size', items)} > 0 THEN {call('array_join', items, between)} END)", VARCHAR)


def _list(node: exp.Expr, of: Translator, condition: str) -> Value:
    argument, keys, distinct = _split(node.this)
    value = of.value(argument)
    if any(key.args.get("desc") for key in keys):
        raise Untranslatable("a list is collected in descending order")
    item = of.variable("s")
    # collect_list leaves NULLs out, and struct values keep them.
    parts = {
        f"k{place}": Value(exact_text(found), found.type)
        for place, found in enumerate(of.value(key.this) for key in keys)
    }
    packed = struct({**_nulls_last(parts), "v": Value(exact_text(value), value.type)})
    collected = f"{call('collect_list', packed)}{_where(condition)}"
    if distinct:
        collected = call("array_distinct", collected)
    if keys:
        collected = call("array_sort", collected)
    items = call("transform", collected, f"{item} -> {item}.v")
    return Value(f"(CASE WHEN {call('array_size', collected)} > 0 THEN {items} END)", list_of(value.type))


def _nulls_last(parts: dict[str, Value]) -> dict[str, Value]:
    """Return keys before each of which is whether it is NULL, because a NULL in a struct sorts first."""
    keys: dict[str, Value] = {}
    for key, part in parts.items():
        keys[f"{key}n"] = Value(f"({part.sql} IS NULL)", BOOLEAN)
        keys[key] = part
    return keys


def _arg_extreme(node: exp.Expr, of: Translator, condition: str) -> Value:
    name = "min_by" if isinstance(node, exp.ArgMin) else "max_by"
    value, key = of.value(node.this), of.value(node.expression)
    if value.parts:  # a row: each member is that of the same row
        present = {
            member: call(name, exact_text(part), key) + _where(condition) for member, part in value.parts.items()
        }
        return struct({member: Value(sql, value.parts[member].type) for member, sql in present.items()})
    known = f"{value.sql} IS NOT NULL" + (f" AND {condition}" if condition else "")
    return Value(f"{call(name, exact_text(value), key)} FILTER (WHERE {known})", value.type)
