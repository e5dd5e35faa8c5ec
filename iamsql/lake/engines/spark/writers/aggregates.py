"""Aggregate functions: NULLs are skipped or counted as in DuckDB, and sorted last."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.generators.spark import SparkGenerator

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.writers.literals import Writer
from iamsql.lake.engines.spark.writers.texts import to_text

_SELF_FILTERING_NODES = (exp.ArrayAgg, exp.GroupConcat, exp.ArgMin, exp.ArgMax, exp.AnyValue, exp.First)


def _split_arguments(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr], bool]:
    """Return the argument of an aggregate, the keys of its order, and whether it is DISTINCT."""
    argument, keys, is_distinct = node, list[exp.Expr](), False
    for _ in range(2):
        if isinstance(argument, exp.Order):
            argument, keys = argument.this, argument.expressions
        if isinstance(argument, exp.Distinct):
            if len(argument.expressions) != 1:
                raise UntranslatableError("an aggregate has several distinct arguments")
            argument, is_distinct = argument.expressions[0], True
    return argument, keys, is_distinct


def _filter_clause(self: SparkGenerator, node: exp.Expr, condition: str = "") -> str:
    """Return the FILTER around an aggregate."""
    parent = node.parent.parent if isinstance(node.parent, exp.IgnoreNulls) else node.parent
    parts = [f"({self.sql(parent.expression.this)})"] if isinstance(parent, exp.Filter) else []
    parts += [condition] if condition else []
    return f" FILTER (WHERE {' AND '.join(parts)})" if parts else ""


def _write_array_agg(self: SparkGenerator, node: exp.Expr) -> str:
    argument, keys, is_distinct = _split_arguments(node.this)
    parts = []
    for position, key in enumerate(keys):
        if key.args.get("desc"):
            raise UntranslatableError("a list is collected in descending order")
        value = self.sql(key.this)
        parts += [f"'n{position}', {value} IS NULL", f"'k{position}', {value}"]  # a NULL in a struct sorts first
    # COLLECT_LIST leaves NULLs out, and struct values keep them.
    struct_members = ", ".join([*parts, f"'v', {self.sql(argument)}"])
    rows = f"COLLECT_LIST(NAMED_STRUCT({struct_members})){_filter_clause(self, node)}"
    rows = f"ARRAY_DISTINCT({rows})" if is_distinct else rows
    rows = f"ARRAY_SORT({rows})" if keys else rows
    return f"(CASE WHEN ARRAY_SIZE({rows}) > 0 THEN TRANSFORM({rows}, s_ -> s_.v) END)"


def _write_string_agg(self: SparkGenerator, node: exp.Expr) -> str:
    argument, keys, is_distinct = _split_arguments(node.this)
    separator, value = self.sql(node, "separator") or "','", to_text(self, argument)
    if not keys:
        raise UntranslatableError("string_agg has no order")
    if not is_distinct:
        return f"LISTAGG({value}, {separator}) WITHIN GROUP (ORDER BY {', '.join(map(self.sql, keys))}){_filter_clause(self, node)}"
    if [key.this for key in keys] != [argument]:
        raise UntranslatableError("string_agg is distinct and has another order")
    # Apache Spark fails for LISTAGG(DISTINCT …) together with another DISTINCT aggregate.
    items = f"ARRAY_SORT(COLLECT_SET({value}){_filter_clause(self, node)})"
    items = f"REVERSE({items})" if keys[0].args.get("desc") else items
    return f"(CASE WHEN ARRAY_SIZE({items}) > 0 THEN ARRAY_JOIN({items}, {separator}) END)"


def _extreme_writer(name: str) -> Writer:
    def write(self: SparkGenerator, node: exp.Expr) -> str:
        if node.expressions or node.args.get("count") is not None:
            raise UntranslatableError(f"{name} returns several values")
        value = self.sql(node.this)
        not_null = "" if isinstance(node.this, exp.Struct) else f"{value} IS NOT NULL"
        return f"{name}({value}, {self.sql(node.expression)}){_filter_clause(self, node, not_null)}"

    return write


def _write_any_value(self: SparkGenerator, node: exp.Expr) -> str:
    return f"ANY_VALUE({self.sql(node.this)}, TRUE){_filter_clause(self, node)}"


def _write_simple_aggregate(self: SparkGenerator, node: exp.Expr) -> str:
    argument, keys, is_distinct = _split_arguments(node.this)
    if keys:
        raise UntranslatableError("an aggregate has an order")
    names_by_type: dict[type[exp.Expr], str] = {exp.LogicalOr: "BOOL_OR", exp.LogicalAnd: "BOOL_AND"}
    return (
        f"{names_by_type.get(type(node), node.key.upper())}({'DISTINCT ' if is_distinct else ''}{self.sql(argument)})"
    )


def _write_count(self: SparkGenerator, node: exp.Expr) -> str:
    return "COUNT(*)" if node.this is None or isinstance(node.this, exp.Star) else _write_simple_aggregate(self, node)


def _write_filter(self: SparkGenerator, node: exp.Expr) -> str:
    inner = node.this.this if isinstance(node.this, exp.IgnoreNulls) else node.this
    if isinstance(node.parent, exp.Window):
        return _write_filtered_window(self, inner, self.sql(node.expression.this))
    return (
        self.sql(inner)
        if isinstance(inner, _SELF_FILTERING_NODES)
        else f"{self.sql(inner)} FILTER (WHERE {self.sql(node.expression.this)})"
    )


def _write_filtered_window(self: SparkGenerator, node: exp.Expr, condition: str) -> str:
    """Return a window function with FILTER. Sail does not support FILTER, so NULL replaces the values of other rows."""
    if not isinstance(node, tuple(_SIMPLE_AGGREGATE_WRITERS)):
        raise UntranslatableError(f"{node.key} is used as a window function")
    if isinstance(node, exp.Count) and (node.this is None or isinstance(node.this, exp.Star)):
        return f"COUNT(CASE WHEN {condition} THEN 1 END)"
    argument, _, is_distinct = _split_arguments(node.this)
    function_name = self.sql(node).partition("(")[0]
    return f"{function_name}({'DISTINCT ' if is_distinct else ''}CASE WHEN {condition} THEN {self.sql(argument)} END)"


_SIMPLE_AGGREGATE_WRITERS: dict[type[exp.Expr], Writer] = {
    exp.Count: _write_count,
    **dict.fromkeys((exp.Sum, exp.Avg, exp.Min, exp.Max, exp.LogicalOr, exp.LogicalAnd), _write_simple_aggregate),
}
WRITERS: dict[type[exp.Expr], Writer] = {
    **_SIMPLE_AGGREGATE_WRITERS,
    exp.ArrayAgg: _write_array_agg,
    exp.GroupConcat: _write_string_agg,
    exp.ArgMin: _extreme_writer("MIN_BY"),
    exp.ArgMax: _extreme_writer("MAX_BY"),
    exp.AnyValue: _write_any_value,
    exp.First: _write_any_value,
    exp.IgnoreNulls: lambda self, node: self.sql(node.this),
    exp.Filter: _write_filter,
}
