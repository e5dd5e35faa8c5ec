"""CASE, COALESCE and the other expressions that select one of several values."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.rules.conditions import operands
from iamsql.lake.engines.spark.rules.json_values import exact_text, without_json_null
from iamsql.lake.engines.spark.types import BOOLEAN, common
from iamsql.lake.engines.spark.values import Value, call, cast, null, struct


@syntax(exp.Case, exp.If)
def _case(node: exp.Expr, of: Translator) -> Value:
    subject = of.value(node.this) if isinstance(node, exp.Case) and node.args.get("this") else None
    branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
    conditions = []
    for branch in branches:
        condition = of.value(branch.this)
        if subject is not None:
            left, right = operands(subject, condition)
            condition = Value(f"({left} = {right})", BOOLEAN)
        conditions.append(condition.sql)
    default = node.args.get("default") or node.args.get("false")
    values = [of.value(branch.args["true"]) for branch in branches]
    values.append(of.value(default) if default is not None else null())
    return choose(conditions, values)


def choose(conditions: list[str], values: list[Value]) -> Value:
    """Return CASE. A CASE of structs becomes a struct of CASE, because Spark would otherwise build each struct."""
    shaped = [value for value in values if value.type.name != "null"]
    if shaped and all(value.parts for value in shaped) and len({tuple(value.parts) for value in shaped}) == 1:
        members = shaped[0].parts
        return struct(
            {
                member: choose(conditions, [value.parts[member] if value.parts else null() for value in values])
                for member in members
            }
        )
    *results, default = unified(values)
    whens = " ".join(f"WHEN {when} THEN {then.sql}" for when, then in zip(conditions, results, strict=True))
    kind = common([value.type for value in values])
    otherwise = "" if default.sql == "NULL" else f" ELSE {default.sql}"
    return Value(f"(CASE {whens}{otherwise} END)", kind)


def unified(values: list[Value]) -> list[Value]:
    """Return values in their common type."""
    kind = common([value.type for value in values])
    if kind.name == "json":
        return [Value(exact_text(value), kind) for value in values]
    return (
        [value if value.type in (kind,) else null() if value.sql == "NULL" else cast(value, kind) for value in values]
        if (kind.name != "null")
        else values
    )


@syntax(exp.Coalesce)
def _coalesce(node: exp.Expr, of: Translator) -> Value:
    values = [of.value(part) for part in (node.this, *node.expressions)]
    kind = common([value.type for value in values])
    return Value(call("coalesce", *(value.sql for value in unified(values))), kind)


@syntax(exp.Nullif)
def _nullif(node: exp.Expr, of: Translator) -> Value:
    value, other = of.value(node.this), of.value(node.expression)
    if value.type.name == "json" and other.text == "null":
        return without_json_null(value)
    left, right = operands(value, other)
    return Value(f"(CASE WHEN {left} = {right} THEN NULL ELSE {value.sql} END)", value.type)


@syntax(exp.Greatest, exp.Least)
def _extreme(node: exp.Expr, of: Translator) -> Value:
    values = [of.value(part) for part in (node.this, *node.expressions)]
    kind = common([value.type for value in values])
    return Value(call("greatest" if isinstance(node, exp.Greatest) else "least", *unified(values)), kind)
