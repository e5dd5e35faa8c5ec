"""Window functions, whose NULLs sort last as in DuckDB."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.rules.aggregates import SIMPLE, aggregate, counted_of, order, result_of
from iamsql.lake.engines.spark.rules.branches import choose
from iamsql.lake.engines.spark.rules.json_values import exact_text
from iamsql.lake.engines.spark.types import BIGINT, Type
from iamsql.lake.engines.spark.values import Value, call, null

_RANKS: dict[type[exp.Expr], str] = {exp.RowNumber: "row_number", exp.Rank: "rank", exp.DenseRank: "dense_rank"}


@syntax(exp.Window)
def _window(node: exp.Expr, of: Translator) -> Value:
    if node.args.get("alias") is not None:
        raise Untranslatable("a window has a name")
    partition = ", ".join(exact_text(of.value(part)) for part in node.args.get("partition_by") or [])
    keys = node.args["order"].expressions if node.args.get("order") is not None else []
    parts = [
        f"PARTITION BY {partition}" if partition else "",
        f"ORDER BY {order(keys, of)}" if keys else "",
        _frame(node),
    ]
    inner, kind = _windowed(node.this, of)
    return Value(f"{inner} OVER ({' '.join(filter(None, parts))})", kind)


def _frame(node: exp.Expr) -> str:
    spec = node.args.get("spec")
    if spec is None:
        return ""
    bounds = []
    for side in ("start", "end"):
        bound, direction = spec.args.get(side), spec.args.get(f"{side}_side") or ""
        text = bound if isinstance(bound, str) else bound.sql("duckdb") if bound is not None else "CURRENT ROW"
        bounds.append(f"{text} {direction}".strip())
    return f"{spec.args['kind']} BETWEEN {bounds[0]} AND {bounds[1]}"


def _windowed(node: exp.Expr, of: Translator) -> tuple[str, Type]:
    if isinstance(node, exp.IgnoreNulls):
        node = node.this
    if type(node) in _RANKS:
        return f"{_RANKS[type(node)]}()", BIGINT
    if isinstance(node, exp.Lag | exp.Lead):
        value = of.value(node.this)
        more = [of.value(node.args[key]).sql for key in ("offset", "default") if node.args.get(key) is not None]
        return call("lag" if isinstance(node, exp.Lag) else "lead", exact_text(value), *more), value.type
    if isinstance(node, exp.FirstValue | exp.LastValue):
        value = of.value(node.this)
        return call("first_value" if isinstance(node, exp.FirstValue) else "last_value", exact_text(value)), value.type
    if isinstance(node, exp.Filter):
        return _filtered(node, of)
    if isinstance(node, exp.Count | exp.Sum | exp.Min | exp.Max | exp.Avg | exp.LogicalOr | exp.LogicalAnd):
        found = aggregate(node, of, "")
        return found.sql, found.type
    raise Untranslatable(f"{type(node).__name__} is used as a window function")


def _filtered(node: exp.Expr, of: Translator) -> tuple[str, Type]:
    """Return a window function with FILTER, which Sail does not have: NULL replaces the values of other rows."""
    inner, condition = node.this, of.value(node.expression.this).sql
    if isinstance(inner, exp.Count):
        counted = counted_of(inner, of)
        distinct = "DISTINCT " if counted.startswith("DISTINCT ") else ""
        value = counted.removeprefix("DISTINCT ").replace("*", "1")
        return f"count({distinct}(CASE WHEN {condition} THEN {value} END))", BIGINT
    if type(inner) not in SIMPLE:
        raise Untranslatable(f"{type(inner).__name__} is used as a window function")
    chosen = choose([condition], [of.value(inner.this), null()])
    return call(SIMPLE[type(inner)], chosen), result_of(inner, chosen.type)
