"""Names that an expression uses and defines: columns, variables of list comprehensions and lambdas, tables, CTEs.

A name is in lower case, because DuckDB compares names without regard to case.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from sqlglot import exp


def first_part(column: exp.Column) -> str:
    """Return the first part of the name of a column: the table in e.region, the column in region."""
    return str(column.parts[0].name).lower()


def table_names(node: exp.Expr) -> set[str]:
    """Return the names that qualify columns of the tables in FROM clauses."""
    names = (part.alias_or_name for part in node.find_all(exp.Table, exp.Subquery, exp.Unnest, exp.Lateral, exp.Values))
    return {str(name).lower() for name in names if name}


def cte_names(node: exp.Expr) -> set[str]:
    """Return the names of the CTEs of an expression."""
    return {str(cte.alias).lower() for cte in node.find_all(exp.CTE)}


def read_tables(node: exp.Expr) -> set[str]:
    """Return the names without schema of the tables that an expression reads, besides its CTEs."""
    read_nodes = (table for table in node.find_all(exp.Table) if isinstance(table.this, exp.Identifier))
    return {str(table.name).lower() for table in read_nodes if not table.args.get("db")} - cte_names(node)


def rename_ctes(body: exp.Expr, names: Collection[str], make_unused_name: Callable[[str], str]) -> None:
    """Rename the CTEs that have one of these names; their tables keep the name as an alias."""
    new_names = {name: make_unused_name(name) for name in sorted(cte_names(body) & {*names})}
    if not new_names:
        return
    ctes = [cte for cte in body.find_all(exp.CTE) if str(cte.alias).lower() in new_names]
    for table in list(body.find_all(exp.Table)):
        name = str(table.name).lower()
        if any(cte.alias.lower() == name and _is_visible(cte, table) for cte in ctes if not table.args.get("db")):
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(new_names[name]))
    for cte in ctes:
        cte.args["alias"].set("this", exp.to_identifier(new_names[str(cte.alias).lower()]))


def _is_visible(cte: exp.Expr, table: exp.Table) -> bool:
    """Return whether a table of a FROM clause can be a CTE: the CTE itself and those before it see the stored table."""
    clause = cte.parent
    table_and_ancestors = [table, *_ancestors(table)]
    if not isinstance(clause, exp.With) or not any(node is clause.parent for node in table_and_ancestors):
        return False
    positions = {id(other): position for position, other in enumerate(clause.expressions)}
    reader_position = next(
        (positions[id(node)] for node in table_and_ancestors if id(node) in positions), None
    )  # the CTE that reads the table
    return reader_position is None or bool(clause.args.get("recursive")) or reader_position > positions[id(cte)]


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


# -- scopes ----------------------------------------------------------------------------------------------------------------


def scopes(node: exp.Expr, within: exp.Expr | None = None) -> Iterator[exp.Expr]:
    """Yield the list comprehensions, lambdas and SELECTs whose names an expression sees, from the inside, up to `within`."""
    child, parent = node, node.parent
    while parent is not None and child is not within:
        if isinstance(parent, exp.Select) or (
            # The list that a comprehension iterates over does not see its variable.
            isinstance(parent, exp.Comprehension | exp.Lambda) and child.arg_key not in ("iterator", "expressions")
        ):
            yield parent
        child, parent = parent, parent.parent


def variables(scope: exp.Expr) -> set[str]:
    """Return the variables of a list comprehension, the element and its position, or of a lambda; none for a SELECT."""
    if isinstance(scope, exp.Lambda):
        return {str(variable.name).lower() for variable in scope.expressions}
    if isinstance(scope, exp.Comprehension):
        parts = (scope.expression, scope.args.get("position"))
        return {str(part.name).lower() for part in parts if part is not None}
    return set()


def source_tables(scope: exp.Expr) -> set[str]:
    """Return the names of the tables in the FROM clause of a SELECT."""
    parts = [scope.args.get("from_"), *(scope.args.get("joins") or []), *(scope.args.get("laterals") or [])]
    return set[str]().union(*(_outer_names(part.this) for part in parts if part is not None))


def _outer_names(table: exp.Expr) -> set[str]:
    """Return the names of a table of a FROM clause, and of the tables that are joined to it in parentheses."""
    if isinstance(table, exp.Subquery) and table.alias:
        return {str(table.alias).lower()}
    return table_names(table)


def is_variable(column: exp.Column, within: exp.Expr | None = None) -> bool:
    """Return whether the first part of a column is a variable of a list comprehension around it, up to `within`."""
    return any(first_part(column) in variables(scope) for scope in scopes(column, within))


def free_columns(expression: exp.Expr) -> list[exp.Column]:
    """Return the columns of an expression that belong to no variable and no table inside the expression."""
    return [column for column in expression.find_all(exp.Column) if not _is_bound_inside(column, expression)]


def _is_bound_inside(column: exp.Column, expression: exp.Expr) -> bool:
    name = first_part(column)
    return any(
        # An unqualified column is assumed to be a column of the nearest FROM clause.
        name in variables(scope)
        or name in (tables := source_tables(scope))
        or (bool(tables) and len(column.parts) == 1)
        for scope in scopes(column, expression)
    )
