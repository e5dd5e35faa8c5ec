"""Leave out the columns of views that a query does not read, because a server plans each of them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp


def prune_views(tree: exp.Expr) -> None:
    """Remove columns that the query does not read from the CTEs that are views: those with the name of a table of iamsql."""
    with_ = tree.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        if cte.alias.startswith("aws_") and isinstance(cte.this, exp.Select):
            used_columns = _columns_used_outside(tree, cte)
            if used_columns is not None:
                _prune_select(cte.this, used_columns)


def _columns_used_outside(tree: exp.Expr, cte: exp.Expr) -> set[str] | None:
    """Return the names of columns outside of a CTE; None if all columns of the CTE may be used."""
    names: set[str] = set()
    unqualified_names: set[str] = set()
    aliases: set[str] = set()
    for node in _nodes_outside(tree, cte):
        if isinstance(node, exp.Column):
            names.add(node.name.lower())
            names.update(node.args[key].name.lower() for key in ("table", "db") if node.args.get(key) is not None)
            if not node.table:
                unqualified_names.add(node.name.lower())
        elif isinstance(node, exp.Identifier):
            names.add(node.name.lower())
        elif isinstance(node, exp.Table) and node.name == cte.alias:
            aliases.add(node.alias_or_name.lower())
            select = node.find_ancestor(exp.Select)
            if select is None or any(part.find(exp.Star) for part in select.expressions if not part.find(exp.Count)):
                return None
    return None if aliases & unqualified_names else names


def _nodes_outside(tree: exp.Expr, cte: exp.Expr) -> Iterator[exp.Expr]:
    return (node for node in tree.walk(prune=lambda node: node is cte) if node is not cte)


def _prune_select(select: exp.Expr, used_columns: set[str]) -> None:
    """Remove the columns with other names from a SELECT without DISTINCT and from the subquery that it reads."""
    shaping_clauses = ("distinct", "group", "qualify", "order", "limit")
    if any(select.args.get(key) for key in shaping_clauses):
        return
    select.set(
        "expressions", [part for part in select.expressions if _is_used(part, used_columns)] or select.expressions[:1]
    )
    source = select.args.get("from_")
    if source is None or select.args.get("joins") or not isinstance(source.this, exp.Subquery):
        return
    inner = source.this.this
    if isinstance(inner, exp.Select):
        _prune_select(inner, _names_read_by(select))


def _names_read_by(select: exp.Expr) -> set[str]:
    """Return the names that a SELECT reads outside of its FROM."""
    clauses = [*select.expressions, *(select.args[key] for key in ("where", "having") if select.args.get(key))]
    return {column.name.lower() for clause in clauses for column in clause.find_all(exp.Column)}


def _is_used(part: exp.Expr, used_columns: set[str]) -> bool:
    return isinstance(part, exp.Star) or part.find(exp.Star) is not None or part.alias_or_name.lower() in used_columns
