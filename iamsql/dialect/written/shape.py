"""Prepare a tree for types: columns of structs that unnest returns, rows of tables as structs, variables of comprehensions."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.dialect.inline import names
from iamsql.dialect.inline.substitute import with_members
from iamsql.dialect.spark.errors import Untranslatable

ROW = "row_of"  # in the meta of a struct: the table whose row it is


def prepare(tree: exp.Expr) -> None:
    """Change a tree so that sqlglot can qualify its columns and infer its types."""
    _refuse(tree)
    for comprehension in list(tree.find_all(exp.Comprehension)):
        _bind_variable(comprehension)
    for change in (_expand_members, _expand_structs, _mark_rows):
        for select in list(tree.find_all(exp.Select)):
            change(select)
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)


def _refuse(tree: exp.Expr) -> None:
    """Raise Untranslatable for a clause that Trino lacks."""
    if any(part.args.get("recursive") for part in tree.find_all(exp.With)):
        raise Untranslatable("WITH RECURSIVE")
    if any(str(join.args.get("method") or "").upper() == "ASOF" for join in tree.find_all(exp.Join)):
        raise Untranslatable("ASOF JOIN")


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


# -- unnest of structs -----------------------------------------------------------------------------------------------------


def _expand_structs(select: exp.Select) -> None:
    """Replace unnest(struct) by a column for each member."""
    expressions = list[exp.Expr]()
    for item in select.expressions:
        keys = _members(item.this) if isinstance(item, exp.Explode) else None
        expressions += [item] if keys is None else [exp.alias_(_member(item.this, key), key) for key in keys]
    select.set("expressions", expressions)


def _expand_members(select: exp.Select) -> None:
    """Replace unnest(list, max_depth := 2), the only column of a SELECT, by a column for each member of the structs."""
    item = select.expressions[0] if len(select.expressions) == 1 else None
    if not isinstance(item, exp.Explode) or not item.expressions or select.args.get("from_") is not None:
        return
    to = item.this.args.get("to") if isinstance(item.this, exp.Cast) else None
    fields = to.expressions[0].expressions if to is not None and to.expressions else []
    inner = exp.Select(expressions=[exp.alias_(exp.Explode(this=item.this), "item")])
    alias = exp.TableAlias(this=exp.to_identifier("items"))
    select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))
    members = (exp.alias_(exp.column(field.name, "item", "items"), field.name) for field in fields)
    select.set("expressions", list(members))


def _members(node: exp.Expr) -> list[str] | None:
    """Return the names of the members of an expression that is a struct in every case; None for another expression."""
    if isinstance(node, exp.Paren):
        return _members(node.this)
    if isinstance(node, exp.Struct):
        return [pair.this.name for pair in node.expressions]
    if isinstance(node, exp.Case):
        branches = [_members(branch) for branch in _results(node)]
        return branches[0] if branches and all(branch == branches[0] for branch in branches) else None
    return None


def _member(node: exp.Expr, key: str) -> exp.Expr:
    """Return a member of such an expression."""
    if isinstance(node, exp.Paren):
        return _member(node.this, key)
    if isinstance(node, exp.Struct):
        return with_members(node, [exp.to_identifier(key)])
    copy = node.copy()
    for branch in _results(copy):
        branch.replace(_member(branch, key))
    return copy


def _results(case: exp.Expr) -> list[exp.Expr]:
    default = case.args.get("default")
    return [branch.args["true"] for branch in case.args["ifs"]] + ([default] if default is not None else [])


# -- rows of tables --------------------------------------------------------------------------------------------------------


def _mark_rows(select: exp.Select) -> None:
    """Replace the name of a table that stands for its row by a struct without members, which `fill_rows` fills."""
    tables = names.sources(select)
    for column in list(select.find_all(exp.Column)):
        if len(column.parts) == 1 and column.name.lower() in tables and column.find_ancestor(exp.Select) is select:
            row = exp.Struct(expressions=[])
            row.meta[ROW] = column.name.lower()
            column.replace(row)


def fill_rows(tree: exp.Expr, columns: Mapping[str, Mapping[str, str]]) -> None:
    """Give each row of a table its columns. Every star of the tree has been expanded."""
    ctes = {cte.alias.lower(): cte.this.named_selects for cte in tree.find_all(exp.CTE)}
    for row in [node for node in tree.find_all(exp.Struct) if ROW in node.meta]:
        select = row.find_ancestor(exp.Select)
        name = row.meta[ROW]
        members = _columns(select, name, ctes, columns) if select is not None else []
        pairs = [
            exp.PropertyEQ(this=exp.to_identifier(member), expression=exp.column(member, name)) for member in members
        ]
        row.set("expressions", pairs)


def _columns(
    select: exp.Select, name: str, ctes: Mapping[str, list[str]], columns: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Return the columns of a table in the FROM clause of a SELECT."""
    for table in select.find_all(exp.Table, exp.Subquery):
        if table.alias_or_name.lower() == name:
            if isinstance(table, exp.Subquery):
                return list(table.this.named_selects)
            schema = table.args.get("db")
            return ctes.get(table.name.lower()) or [*columns[f"{schema.name if schema else 'main'}.{table.name}"]]
    raise Untranslatable(f"the row of {name}")
