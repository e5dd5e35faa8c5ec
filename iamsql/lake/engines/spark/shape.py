"""Prepare a tree for types: columns of structs that unnest returns, rows of tables as structs, variables of comprehensions."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.lake.engines.inline import names
from iamsql.lake.engines.inline.substitute import access_members
from iamsql.lake.engines.spark.errors import UntranslatableError

_ROW_TABLE_KEY = "row_of"  # in the meta of a struct: the table whose row it is


def prepare_tree(tree: exp.Expr) -> None:
    """Change a tree so that sqlglot can qualify its columns and infer its types."""
    _refuse_clauses(tree)
    for comprehension in list(tree.find_all(exp.Comprehension)):
        _bind_variable(comprehension)
    for select in list(tree.find_all(exp.Select)):
        _expand_structs(select)
        _select_lists(select)
    _mark_rows(tree)
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)


def _refuse_clauses(tree: exp.Expr) -> None:
    """Raise UntranslatableError for a clause that Spark does not support."""
    if any(part.args.get("recursive") for part in tree.find_all(exp.With)):
        raise UntranslatableError("a CTE is recursive")
    for join in tree.find_all(exp.Join):
        join_type = str(join.args.get("method") or join.args.get("kind") or "").upper()
        if join_type not in ("", "INNER", "CROSS", "OUTER", "SEMI", "ANTI"):
            raise UntranslatableError(f"{join_type} JOIN has no translation")
    if any(part.args.get("on") is not None for part in tree.find_all(exp.Distinct)):
        raise UntranslatableError("DISTINCT ON has no translation")
    if any(part.args.get("by_name") for part in tree.find_all(exp.SetOperation)):
        raise UntranslatableError("UNION BY NAME has no translation")


def _bind_variable(comprehension: exp.Comprehension) -> None:
    """Let the variable be an identifier instead of a column, which would be looked for in a table."""
    name = comprehension.expression.name.lower()
    for column in list(comprehension.find_all(exp.Column)):
        if names.first_part(column) != name or not _is_bound_by(column, comprehension):
            continue
        first, *members = column.parts
        value: exp.Expr = exp.to_identifier(first.name)
        for member in members:
            value = exp.Dot(this=value, expression=member.copy())
        column.replace(value)


def _is_bound_by(column: exp.Column, comprehension: exp.Comprehension) -> bool:
    """Return whether this comprehension is the innermost that has the variable."""
    name = names.first_part(column)
    return next((scope for scope in names.scopes(column) if name in names.variables(scope)), None) is comprehension


def is_variable(identifier: exp.Expr) -> bool:
    """Return whether an identifier is a variable of a list comprehension rather than a part of a longer name."""
    parent, key = identifier.parent, identifier.arg_key
    if isinstance(parent, exp.Alias):
        return key == "this"
    is_name = isinstance(parent, exp.Column | exp.TableAlias | exp.Table) or (
        isinstance(parent, exp.PropertyEQ) and key == "this"
    )
    return not is_name and not (isinstance(parent, exp.Dot) and key == "expression")


# -- unnest of structs -----------------------------------------------------------------------------------------------------


def _expand_structs(select: exp.Select) -> None:
    """Replace unnest(struct), and unnest(list, max_depth := 2), with a column for each member."""
    expressions = list[exp.Expr]()
    for item in select.expressions:
        keys = _member_names(item.this) if isinstance(item, exp.Explode) and not item.expressions else None
        if keys is not None:
            expressions += [exp.alias_(_member_value(item.this, key), key) for key in keys]
        elif isinstance(item, exp.Explode) and item.expressions:
            expressions += _columns_of_elements(item)
        else:
            expressions.append(item)
    select.set("expressions", expressions)


def _select_lists(select: exp.Select) -> None:
    """Select the lists that subqueries return and a SELECT without FROM unnests in a FROM: sqlglot overlooks such subqueries."""
    if select.args.get("from_") is not None:
        return
    lists = [
        explode for item in select.expressions for explode in item.find_all(exp.Explode) if explode.find(exp.Subquery)
    ]
    columns = [exp.alias_(explode.this.copy(), f"list{position}") for position, explode in enumerate(lists)]
    if columns:
        alias = exp.TableAlias(this=exp.to_identifier("lists_"))
        select.set("from_", exp.From(this=exp.Subquery(this=exp.Select(expressions=columns), alias=alias)))
    for position, explode in enumerate(lists):
        explode.set("this", exp.column(f"list{position}", "lists_"))


def _columns_of_elements(item: exp.Explode) -> list[exp.Expr]:
    """Return a column for each member of the structs of a list."""
    value = item.this
    if isinstance(value, exp.Cast):
        fields = value.args["to"].expressions
        keys = [field.name for field in fields[0].expressions] if fields else None
    else:
        keys = _member_names(value.expressions[0]) if isinstance(value, exp.Array) and value.expressions else None
    if not keys:
        raise UntranslatableError("the members of the elements of a list are not known")
    member_columns = [
        exp.Dot(this=exp.Paren(this=exp.Explode(this=value.copy())), expression=exp.to_identifier(key)) for key in keys
    ]
    return [exp.alias_(member_column, key) for member_column, key in zip(member_columns, keys, strict=True)]


def _member_names(node: exp.Expr) -> list[str] | None:
    """Return the names of the members of an expression that is a struct in every case; None for another expression."""
    if isinstance(node, exp.Paren):
        return _member_names(node.this)
    if isinstance(node, exp.Struct):
        return [pair.this.name for pair in node.expressions]
    if isinstance(node, exp.Case):
        branches = [_member_names(branch) for branch in _case_results(node)]
        return branches[0] if branches and all(branch == branches[0] for branch in branches) else None
    return None


def _member_value(node: exp.Expr, key: str) -> exp.Expr:
    """Return a member of such an expression."""
    if isinstance(node, exp.Paren):
        return _member_value(node.this, key)
    if isinstance(node, exp.Struct):
        return access_members(node, [exp.to_identifier(key)])
    copy = node.copy()
    for branch in _case_results(copy):
        branch.replace(_member_value(branch, key))
    return copy


def _case_results(case: exp.Expr) -> list[exp.Expr]:
    default = case.args.get("default")
    return [branch.args["true"] for branch in case.args["ifs"]] + ([default] if default is not None else [])


# -- rows of tables --------------------------------------------------------------------------------------------------------


def _mark_rows(tree: exp.Expr) -> None:
    """Replace the name of a table that stands for its row with a struct without members, which `fill_rows` fills."""
    tables: dict[int, set[str]] = {}
    for column in list(tree.find_all(exp.Column)):
        select = column.find_ancestor(exp.Select) if len(column.parts) == 1 else None
        if select is None:
            continue
        if id(select) not in tables:
            tables[id(select)] = names.source_tables(select)
        if column.name.lower() in tables[id(select)]:
            row = exp.Struct(expressions=[])
            row.meta[_ROW_TABLE_KEY] = column.name.lower()
            column.replace(row)


def fill_rows(tree: exp.Expr, columns: Mapping[str, Mapping[str, str]]) -> None:
    """Give each row of a table its columns. Every star of the tree has been expanded."""
    ctes = {cte.alias.lower(): cte.this.named_selects for cte in tree.find_all(exp.CTE)}
    for row in [node for node in tree.find_all(exp.Struct) if _ROW_TABLE_KEY in node.meta]:
        select = row.find_ancestor(exp.Select)
        name = row.meta[_ROW_TABLE_KEY]
        members = _find_columns(select, name, ctes, columns) if select is not None else []
        pairs = [
            exp.PropertyEQ(this=exp.to_identifier(member), expression=exp.column(member, name)) for member in members
        ]
        row.set("expressions", pairs)


def _find_columns(
    select: exp.Select, name: str, ctes: Mapping[str, list[str]], columns: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Return the columns of a table in the FROM clause of a SELECT."""
    for table in select.find_all(exp.Table, exp.Subquery):
        if table.alias_or_name.lower() == name:
            if isinstance(table, exp.Subquery):
                return list(table.this.named_selects)
            schema = table.args.get("db")
            return ctes.get(table.name.lower()) or [*columns[f"{schema.name if schema else 'main'}.{table.name}"]]
    raise UntranslatableError(f"the row of {name}")
