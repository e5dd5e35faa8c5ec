"""Comparisons, logic and subqueries."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.rules.json_values import exact_text, is_json_null
from iamsql.lake.engines.spark.types import BOOLEAN, common
from iamsql.lake.engines.spark.values import Value, cast, struct

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


@syntax(exp.And, exp.Or)
def _connector(node: exp.Expr, of: Translator) -> Value:
    word = "AND" if isinstance(node, exp.And) else "OR"
    return Value(f"({of.value(node.this).sql} {word} {of.value(node.expression).sql})", BOOLEAN)


@syntax(exp.Not)
def _not(node: exp.Expr, of: Translator) -> Value:
    return Value(f"(NOT {of.value(node.this).sql})", BOOLEAN)


def operands(left: Value, right: Value) -> tuple[str, str]:
    """Return both operands of a comparison in their common type."""
    if "json" in (left.type.name, right.type.name):
        return exact_text(left), exact_text(right)
    if {left.type.name, right.type.name} & {"varchar"} and left.type != right.type:
        # DuckDB converts the text of a literal to the type of the other operand, and any other value to text.
        kind = (
            right.type
            if left.text is not None
            else left.type
            if right.text is not None
            else common([left.type, right.type])
        )
    else:
        kind = common([left.type, right.type])
    if (
        kind.name in ("list", "struct", "null")
        or left.type == right.type
        or (left.type.is_number and right.type.is_number)
    ):
        return left.sql, right.sql
    return cast(left, kind).sql, cast(right, kind).sql


@syntax(*_COMPARISONS)
def _comparison(node: exp.Expr, of: Translator) -> Value:
    left, right = operands(of.value(node.this), of.value(node.expression))
    return Value(f"({left} {_COMPARISONS[type(node)]} {right})", BOOLEAN)


@syntax(exp.NullSafeEQ, exp.NullSafeNEQ)
def _distinct_from(node: exp.Expr, of: Translator) -> Value:
    left, right = operands(of.value(node.this), of.value(node.expression))
    same = f"({left} <=> {right})"
    return Value(same if isinstance(node, exp.NullSafeEQ) else f"(NOT {same})", BOOLEAN)


@syntax(exp.Is)
def _is(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    if isinstance(node.expression, exp.Boolean):
        return Value(f"({value.sql} <=> {str(node.expression.this).lower()})", BOOLEAN)
    if not isinstance(node.expression, exp.Null):
        raise Untranslatable("IS has another operand than NULL, TRUE and FALSE")
    if value.parts:
        return Value("false", BOOLEAN)
    is_null = f"({value.sql} IS NULL)"
    return Value(f"({is_null} AND NOT {is_json_null(value)})" if value.root else is_null, BOOLEAN)


@syntax(exp.Between)
def _between(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    low = operands(value, of.value(node.args["low"]))
    high = operands(value, of.value(node.args["high"]))
    return Value(f"(({low[0]} >= {low[1]}) AND ({high[0]} <= {high[1]}))", BOOLEAN)


@syntax(exp.In)
def _in(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    if (query := node.args.get("query")) is not None:
        sql, _ = of.query(query.this if isinstance(query, exp.Subquery) else query)
        return Value(f"({value.sql} IN ({sql}))", BOOLEAN)
    if node.args.get("unnest") or node.args.get("field"):
        raise Untranslatable("IN has a list that is not a list of values")
    pairs = [operands(value, of.value(item)) for item in node.expressions]
    if len({left for left, _ in pairs}) > 1:
        return Value("(" + " OR ".join(f"({left} = {right})" for left, right in pairs) + ")", BOOLEAN)
    return Value(f"({pairs[0][0]} IN ({', '.join(right for _, right in pairs)}))", BOOLEAN)


@syntax(exp.Tuple)
def _tuple(node: exp.Expr, of: Translator) -> Value:
    return struct({f"v{place}": of.value(part) for place, part in enumerate(node.expressions)})


@syntax(exp.Exists)
def _exists(node: exp.Expr, of: Translator) -> Value:
    inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    return Value(f"EXISTS ({of.query(inner)[0]})", BOOLEAN)


@syntax(exp.Subquery)
def _scalar(node: exp.Expr, of: Translator) -> Value:
    sql, columns = of.query(_of_one_row(node))
    if len(columns) != 1:
        raise Untranslatable("a subquery that is a value has several columns")
    return Value(f"({sql})", next(iter(columns.values())).type)


def _of_one_row(node: exp.Expr) -> exp.Expr:
    """Return a subquery as an aggregate: Spark does not believe that a subquery that reads the outer row has one row at most."""
    inner = node.this
    shaping = ("group", "distinct", "limit", "qualify", "having", "with_")
    if (
        not isinstance(inner, exp.Select)
        or any(inner.args.get(key) for key in shaping)
        or inner.args.get("from_") is None
    ):
        return node
    (projection, *more) = inner.expressions
    if more or projection.find(exp.AggFunc, exp.Window, exp.Explode, exp.Star):
        return node
    selected = inner.copy()
    selected.set("order", None)
    selected.set(
        "expressions", [exp.alias_(exp.AnyValue(this=projection.unalias().copy()), projection.alias_or_name or "value")]
    )
    return exp.Subquery(this=selected)
