"""The columns of a SELECT, its GROUP BY and its lists that become rows."""

from __future__ import annotations

from typing import NamedTuple

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.expressions import Expressions
from iamsql.lake.engines.spark.relations import FromClause
from iamsql.lake.engines.spark.rules.aggregates import AGGREGATES
from iamsql.lake.engines.spark.rules.json_values import exact_text
from iamsql.lake.engines.spark.values import Value, name


class Projection(NamedTuple):
    """A column of a SELECT: its name, its value, and the expression that it is the value of, if there is one."""

    name: str
    value: Value
    node: exp.Expr | None = None


def is_aggregated(node: exp.Expr) -> bool:
    """Return whether an expression has an aggregate that is not a window function."""
    for part in node.walk(prune=lambda inner: isinstance(inner, exp.Query)):
        parent = part.parent
        while isinstance(parent, exp.Filter | exp.IgnoreNulls):
            parent = parent.parent
        if isinstance(part, AGGREGATES) and not (isinstance(parent, exp.Window) and part is not node):
            return True
    return False


def unnested(nodes: list[exp.Expr], source: FromClause, of: Expressions, label: str) -> list[exp.Expr]:
    """Return projections in which columns of a further relation replace the elements of lists."""
    found = [part for node in nodes for part in _unnests(node) if not _is_struct(part, of)]
    if not found:
        return nodes
    if any(is_aggregated(node) for node in nodes):
        raise Untranslatable("a list is unnested after a GROUP BY")
    variables = [of.variable("unnest") for _ in found]
    if len(found) == 1:
        columns = [source.explode(_unnested_list(found[0]), label, "item")]
    else:  # the lists of one SELECT are side by side, and the shorter ones end with NULLs
        lists = [_unnested_list(part) for part in found]
        place = source.explode(exp.Anonymous(this="places of lists", expressions=lists), label, "item")
        columns = [
            of.value(exp.Bracket(this=items.copy(), expressions=[exp.Anonymous(this="place", expressions=[place.sql])]))
            for items in lists
        ]
    of.scope.sources.pop()
    of.scope.variables.update(zip(variables, columns, strict=True))
    return [_with_variables(node, found, variables) for node in nodes]


def group_by(node: exp.Expr, projected: list[exp.Expr], of: Expressions) -> str:
    """Return the GROUP BY of a SELECT. The SELECT repeats its expressions in the same words."""
    group = node.args.get("group")
    if group is None:
        return ""
    if any(group.args.get(key) for key in ("grouping_sets", "cube", "rollup")):
        raise Untranslatable("GROUP BY has grouping sets")
    if group.args.get("all"):
        items = [part.unalias() for part in projected if not is_aggregated(part)]
    else:
        items = [_grouped(item, projected, of) for item in group.expressions]
    values = {item.sql("duckdb"): of.value(item) for item in items if not isinstance(item, exp.Literal | exp.Null)}
    texts = {key: Value(exact_text(value), value.type) for key, value in values.items() if not value.parts}
    for value in (value for value in values.values() if value.parts):
        texts |= {part.sql: part for part in value.parts.values()}
    of.known |= texts
    return f" GROUP BY {', '.join(dict.fromkeys(value.sql for value in texts.values()))}" if texts else ""


def _grouped(item: exp.Expr, projected: list[exp.Expr], of: Expressions) -> exp.Expr:
    """Return the expression that an item of GROUP BY stands for: the place or the alias of a projection, or itself."""
    if isinstance(item, exp.Literal) and item.is_int:
        return projected[int(item.name) - 1].unalias()
    if isinstance(item, exp.Column) and not item.table and of.scope.column([item.name]) is None:
        return next((part.this for part in projected if part.alias == item.name), item)
    return item


def projections(nodes: list[exp.Expr], of: Expressions) -> list[Projection]:
    """Return the columns of a SELECT, with its stars written out."""
    columns: list[Projection] = []
    for node in nodes:
        columns += _projection(node, of)
    return [
        column if not column.value.root else column._replace(value=Value(exact_text(column.value), column.value.type))
        for column in columns
    ]


def _projection(node: exp.Expr, of: Expressions) -> list[Projection]:
    inner = node.unalias()
    if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
        star = inner if isinstance(inner, exp.Star) else inner.this
        columns = of.scope.star(inner.table if isinstance(inner, exp.Column) else "")
        excluded = {part.name.lower() for part in star.args.get("except_") or []}
        replaced = {part.alias.lower(): part.this for part in star.args.get("replace") or []}
        return [
            Projection(key, of.value(replaced[key.lower()]) if key.lower() in replaced else value)
            for key, value in columns.items()
            if key.lower() not in excluded
        ]
    if isinstance(inner, exp.Explode | exp.Unnest):
        value = of.value(inner.this if isinstance(inner, exp.Explode) else inner.expressions[0])
        if value.parts:
            return [Projection(key, part) for key, part in value.parts.items()]
        members = [(key, Value(f"{value.sql}.{name(key)}", kind)) for key, kind in value.type.members]
        return [Projection(key, part) for key, part in members]
    label = node.alias or (inner.name if isinstance(inner, exp.Column | exp.Dot) else inner.sql("duckdb"))
    return [Projection(label, of.value(inner), inner)]


def _unnests(node: exp.Expr) -> list[exp.Expr]:
    parts = node.walk(prune=lambda inner: isinstance(inner, exp.Query))
    return [part for part in parts if isinstance(part, exp.Explode | exp.Unnest)]


def _unnested_list(node: exp.Expr) -> exp.Expr:
    items: exp.Expr = node.this if isinstance(node, exp.Explode) else node.expressions[0]
    return items


def _is_struct(node: exp.Expr, of: Expressions) -> bool:
    return of.value(_unnested_list(node)).type.name == "struct"


def _with_variables(node: exp.Expr, found: list[exp.Expr], variables: list[str]) -> exp.Expr:
    """Return a projection in which variables replace the elements of lists."""
    places = {id(part): variable for part, variable in zip(found, variables, strict=True)}
    own = [places[id(part)] for part in _unnests(node) if id(part) in places]
    copy = node.copy()
    for part, variable in zip(_unnests(copy) if own else [], own, strict=True):
        replacement: exp.Expr = exp.column(variable)
        if isinstance(part, exp.Explode) and part.expressions:  # max_depth := 2
            replacement = exp.Explode(this=replacement)
        if part is copy:
            return replacement if isinstance(replacement, exp.Explode) else exp.alias_(replacement, "unnest")
        part.replace(replacement)
    return copy
