"""Rewrite clauses that Spark or Sail does not support: QUALIFY, WINDOW, GROUP BY ALL, ORDER BY columns outside of the result."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import UntranslatableError
from iamsql.lake.engines.spark.shape import is_variable

_SUBQUERY_ALIAS = "selected__"


def expand_group_by_all(select: exp.Expr) -> None:
    """Replace GROUP BY ALL with the columns."""
    group = select.args.get("group")
    if group is not None and group.args.get("all"):
        keys = [item.unalias().copy() for item in select.expressions if item.find(exp.AggFunc) is None]
        select.set("group", exp.Group(expressions=keys) if keys else None)


def inline_windows(select: exp.Expr) -> None:
    """Copy each clause of WINDOW to the functions that name it, and remove WINDOW."""
    windows = {window.name: window for window in select.args.get("windows") or []}
    if not windows:
        return
    select.set("windows", None)
    for window in list(select.find_all(exp.Window)):
        alias = window.args.get("alias")
        if alias is not None and alias.name in windows:
            for key in ("partition_by", "order", "spec"):
                if not window.args.get(key):
                    part = windows[alias.name].args.get(key)
                    window.set(key, [item.copy() for item in part] if isinstance(part, list) else part and part.copy())
            window.set("alias", None)


def order_in_outer_query(select: exp.Expr) -> None:
    """Sort and filter in an outer query: Sail has no QUALIFY, and ORDER BY resolves only columns of the result."""
    order, qualify = select.args.get("order"), select.args.get("qualify")
    hidden_columns, keys = _hidden_keys(select, _sort_keys(select, order)) if order is not None else ([], [])
    if qualify is not None:
        hidden_columns.append(exp.alias_(qualify.this.copy(), "qualify__"))
    if not hidden_columns:
        if order is not None:
            order.set("expressions", keys)
        return
    if select.args.get("distinct") and len(hidden_columns) > (qualify is not None):
        raise UntranslatableError("a DISTINCT query is sorted by columns that its result lacks")
    columns = [exp.column(item.alias_or_name, quoted=True) for item in select.expressions]
    outer_clauses = ("order", "qualify", "limit", "offset", "with_")
    inner = exp.Select(**{key: part for key, part in select.args.items() if key not in outer_clauses})
    inner.set("expressions", [*inner.expressions, *hidden_columns])
    for part in ("joins", "laterals", "where", "group", "having", "qualify", "order", "distinct"):
        select.set(part, None)
    select.set("expressions", columns)
    select.set(
        "from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(_SUBQUERY_ALIAS))))
    )
    if qualify is not None:
        select.set("where", exp.Where(this=exp.column("qualify__")))
    if keys:
        select.set("order", exp.Order(expressions=keys))


def _sort_keys(select: exp.Expr, order: exp.Expr) -> list[exp.Expr]:
    """Return the keys of ORDER BY, with the columns of ORDER BY ALL."""
    keys: list[exp.Expr] = []
    for key in order.expressions:
        is_all = isinstance(key.this, exp.Var) or (isinstance(key.this, exp.Column) and key.this.name.lower() == "all")
        names = [item.alias_or_name for item in select.expressions] if is_all else []
        keys += [_sort_key_over(key, name) for name in names] if is_all else [key]
    return keys


def _sort_key_over(key: exp.Expr, column: str) -> exp.Expr:
    new = key.copy()
    new.set("this", exp.column(column, quoted=True))
    return new


def _hidden_keys(select: exp.Expr, keys: list[exp.Expr]) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """Return the columns that only ORDER BY needs, and its keys, as columns."""
    columns_by_name = {item.alias_or_name.lower(): item for item in select.expressions}
    columns_by_sql: dict[str, exp.Expr] = {}
    hidden_columns, columns = list[exp.Expr](), list[exp.Expr]()
    for key in keys:
        value = key.this
        if isinstance(value, exp.Literal) and value.is_int:
            column = select.expressions[int(value.name) - 1]
        elif isinstance(value, exp.Column) and not value.table and value.name.lower() in columns_by_name:
            column = columns_by_name[value.name.lower()]
        else:
            columns_by_sql = columns_by_sql or {item.unalias().sql(): item for item in select.expressions}
            column = columns_by_sql.get(value.sql())
        if column is None:
            column = exp.alias_(_replace_result_columns(value, columns_by_name), f"order{len(hidden_columns)}__")
            hidden_columns.append(column)
        columns.append(_sort_key_over(key, column.alias_or_name))
    return hidden_columns, columns


def _replace_result_columns(value: exp.Expr, columns_by_name: dict[str, exp.Expr]) -> exp.Expr:
    """Return a key of ORDER BY with expressions instead of the columns of the result."""
    copy = exp.Paren(this=value.copy())
    for column in list(copy.find_all(exp.Column)):
        if not column.table and column.name.lower() in columns_by_name:
            column.replace(columns_by_name[column.name.lower()].unalias().copy())
    value = copy.this
    return value.pop() if isinstance(value, exp.Expr) else copy


def rename_variables(tree: exp.Expr) -> None:
    """Give each variable of a list comprehension a name that no other has: Sail mixes up equal ones."""
    for position, comprehension in enumerate(reversed(list(tree.find_all(exp.Comprehension)))):
        old = comprehension.expression.name.lower()
        new = f"{''.join(filter(str.isalnum, old)) or 'v'}_{position}"
        for part in (comprehension.this, comprehension.args.get("condition")):
            for node in list(part.find_all(exp.Identifier)) if part is not None else ():
                if node.name.lower() == old and is_variable(node):
                    node.set("this", new)
        variable = comprehension.expression
        (variable if isinstance(variable, exp.Identifier) else variable.this).set("this", new)
