"""Replace the parameters in the body of a macro with its arguments.

DuckDB replaces text: a name in an argument that the body also defines, such as the alias of a table, then has the meaning of
the body. Such a call is refused, because it would have two meanings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from iamsql.lake.engines.inline import names
from iamsql.lake.engines.inline.errors import InlineError

# Nodes that can stand in any expression without parentheses.
_ATOMIC_NODES = (
    *(exp.Column, exp.Literal, exp.Null, exp.Boolean, exp.Func, exp.Paren, exp.Subquery, exp.Bracket),
    *(exp.Struct, exp.Identifier, exp.Dot, exp.Star, exp.Placeholder, exp.Case),
)
_OPERATOR_NODES = exp.Connector | exp.Binary  # some operators are also functions of sqlglot
_DELIMITING_PARENTS = (
    exp.Func,
    exp.Array,
    exp.Struct,
    exp.Select,
    exp.Alias,
    exp.Ordered,
    exp.Tuple,
    exp.If,
    exp.PropertyEQ,
)


@dataclass(frozen=True, eq=False)
class Argument:
    """An argument of a call, in the tree of the caller. `parameters` belong to the macro whose body has the call."""

    value: exp.Expr
    parameters: Collection[str] = ()

    @cached_property
    def free_columns(self) -> list[exp.Column]:
        """Return the columns that belong to the caller, without parameters, which another argument will replace."""
        return [column for column in names.free_columns(self.value) if names.first_part(column) not in self.parameters]

    @cached_property
    def used_names(self) -> set[str]:
        """Return the names that belong to the caller."""
        return {names.first_part(column) for column in self.free_columns}

    @cached_property
    def qualified_value(self) -> exp.Expr:
        """Return the argument with the table of each of its columns, so it means the same in a subquery."""
        tables = {
            id(column): _find_only_table(column)
            for column in self.free_columns
            if len(column.parts) == 1 and not names.is_variable(column)
        }
        copy = self.value.copy()
        for column, original in zip(copy.find_all(exp.Column), self.value.find_all(exp.Column), strict=True):
            if (table := tables.get(id(original))) is not None:
                column.set("table", exp.to_identifier(table))
        return copy


def substitute(body: exp.Expr, arguments: Mapping[str, Argument]) -> exp.Expr:
    """Replace the parameters in a body, and return the body, or a new expression if the body is itself a parameter."""
    tables = names.table_names(body) & arguments.keys()
    for column in list(body.find_all(exp.Column)):
        name = names.first_part(column)
        members = column.parts[1:]
        # A variable hides a parameter, and so does a table in the name of a column.
        if name not in arguments or names.is_variable(column, body) or (members and name in tables):
            continue
        value = _value_for_column(arguments[name], column, body)
        new = access_members(value, members) if members else add_parentheses(value.copy(), column)
        if column is body:
            return new
        column.replace(new)
    return body


def add_parentheses(new: exp.Expr, old: exp.Expr) -> exp.Expr:
    """Return an expression that replaces another, in parentheses where an operator could take a part of it."""
    if isinstance(new, exp.Query) and not isinstance(new, exp.Subquery):
        return exp.Subquery(this=new)
    is_atom = isinstance(new, _ATOMIC_NODES) and not isinstance(new, _OPERATOR_NODES)
    if (
        is_atom
        or old.parent is None
        or (isinstance(old.parent, _DELIMITING_PARENTS) and not isinstance(old.parent, _OPERATOR_NODES))
    ):
        return new
    return exp.Paren(this=new)


def access_members(value: exp.Expr, members: Sequence[exp.Expr]) -> exp.Expr:
    """Return the expression of a member of a value: value.first.second."""
    inner: exp.Expr = value.unnest()
    if isinstance(inner, exp.Struct) and (member_value := _member_value(inner, members[0].name)) is not None:
        return (
            access_members(member_value, members[1:])
            if len(members) > 1
            else add_parentheses(member_value.copy(), members[0])
        )
    if isinstance(inner, exp.Column) and len(inner.parts) + len(members) <= 4:
        parts = reversed([*inner.parts, *members])
        return exp.Column(
            **dict(zip(("this", "table", "db", "catalog"), (part.copy() for part in parts), strict=False))
        )
    tree = inner.copy() if isinstance(inner, exp.Column | exp.Dot) else exp.Paren(this=inner.copy())
    for member in members:
        tree = exp.Dot(this=tree, expression=member.copy())
    return tree


def _value_for_column(argument: Argument, column: exp.Column, body: exp.Expr) -> exp.Expr:
    """Return the value of an argument in place of a column of the body. Raise InlineError if its meaning would change there."""
    if not argument.used_names:
        return argument.value
    is_in_subquery = False
    for scope in names.scopes(column, body):
        tables = names.source_tables(scope)
        is_in_subquery |= bool(tables)
        if captured_names := argument.used_names & (names.variables(scope) | tables):
            raise InlineError(f"an argument uses the name {min(captured_names)}, which the macro defines")
    return argument.qualified_value if is_in_subquery else argument.value


def _find_only_table(column: exp.Column) -> str:
    """Return the name of the only table that an unqualified column can belong to."""
    select = column.find_ancestor(exp.Select)
    tables = names.source_tables(select) if select is not None else set()
    aliases = (
        {str(alias.alias).lower() for alias in select.selects if isinstance(alias, exp.Alias)} if select else set()
    )
    if len(tables) != 1 or names.first_part(column) in aliases:
        raise InlineError(f"the column {column.name} in an argument needs the name of its table")
    return min(tables)


def _member_value(struct: exp.Struct, name: str) -> exp.Expr | None:
    """Return the value of a member of a struct literal."""
    members = (pair for pair in struct.expressions if isinstance(pair, exp.PropertyEQ))
    return next((pair.expression for pair in members if pair.this.name.lower() == name.lower()), None)
