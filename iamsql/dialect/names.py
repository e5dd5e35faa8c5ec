"""Names by PostgreSQL's rules: the scopes that contain a name, and the names of result columns without an alias.

DuckDB resolves a name that an alias and a column share differently, and derives different names of result columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from sqlglot import exp

from iamsql.dialect.data_types import type_name
from iamsql.model import IamsqlError

Columns = dict[str, str]  # the type of each column, in the order of the columns


def add_column(columns: Columns, name: str, pg_type: str) -> None:
    """Add a column. A second column of the same name gets a key that no query can contain, and so keeps its position."""
    columns[name if name not in columns else f"{name}\0{len(columns)}"] = pg_type


@dataclass
class Source:
    """An entry of FROM under its alias; `columns` is None where they are not known.

    `element` is the column that the bare alias of a function refers to. `table` is the name of a stored table.
    """

    name: str
    columns: Columns | None
    element: str = ""
    table: str = ""


@dataclass
class Scope:
    """The sources of a SELECT and the scope around it; `merged` are the columns that USING joins."""

    outer: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)
    natural: bool = False  # the columns that NATURAL joins are not computed, so no name is qualified

    def chain(self) -> Iterator[Scope]:
        """Yield this scope and the scopes around it, from the inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def source(self, alias: str) -> Source | None:
        """Return the source of an alias."""
        return next((source for scope in self.chain() for source in scope.sources if source.name == alias), None)

    def find(self, name: str) -> tuple[Source | None, bool]:
        """Return the source of an unqualified name, None where it is not known, and whether the source can qualify the name.

        A name that no column has and a source has means the row of the source, or the element of a function.
        """
        for scope in self.chain():
            for source in scope.sources:
                if source.columns is not None and name in source.columns:
                    return source, name not in scope.merged and not scope.natural
            if any(source.columns is None for source in scope.sources):
                return None, False  # the name may be a column of that source, so outer scopes do not count
            for source in scope.sources:
                if source.name == name:
                    return source, True
        return None, False

    @property
    def is_complete(self) -> bool:
        """Whether the columns of every source in this scope and around it are known."""
        return all(source.columns is not None for scope in self.chain() for source in scope.sources)

    def star(self, alias: str = "") -> Columns | None:
        """Return the columns of `*` or `alias.*`; None where a source is not known."""
        columns: Columns = {}
        for source in [self.source(alias)] if alias else self.sources:
            if source is None or source.columns is None:
                return None
            for column, pg_type in source.columns.items():
                add_column(columns, column, pg_type)
        return columns


def missing_column_error(alias: str, column: str, source: Source | None) -> IamsqlError:
    """Return the error for a qualified name that does not exist; DuckDB would read it as a member of a JSON column."""
    if source is None or source.columns is None:
        return IamsqlError(f'{alias}.{column}: no table or alias "{alias}" is in scope.')
    close = get_close_matches(column, source.columns, 1)
    hint = f" Did you mean {alias}.{close[0]}?" if close else ""
    return IamsqlError(f'"{alias}" has no column "{column}".{hint}')


def unknown_column_error(column: str, scope: Scope) -> IamsqlError:
    """Return the error for an unqualified name that does not exist, with the nearest column."""
    columns = dict.fromkeys(name for part in scope.chain() for source in part.sources for name in source.columns or {})
    close = get_close_matches(column, columns, 1)
    return IamsqlError(f"There is no column {column}." + (f" Did you mean {close[0]}?" if close else ""))


def rename_columns(columns: Columns | None, names: list[str]) -> Columns | None:
    """Rename the first columns to `names`; columns that were not known have an unknown type."""
    if columns is None:
        return dict.fromkeys(names, "unknown") if names else None
    old = list(columns)
    return {new: columns[name] for name, new in zip(old, [*names, *old[len(names) :]], strict=False)}


def union_columns(left: Columns | None, right: Columns | None) -> Columns | None:
    """Return the columns of a set operation: the names of its left side, and the types of either side."""
    if left is None or right is None:
        return left
    # DuckDB reports sides with different numbers of columns.
    pairs = zip(left.items(), right.values(), strict=False)
    return {
        name: pg_type if pg_type not in ("null", "unknown") else right_type for (name, pg_type), right_type in pairs
    }


UNNAMED_COLUMN = "?column?"
# The expressions whose result column has the name of the keyword.
_KEYWORD_COLUMN_NAMES: dict[type[exp.Expr], str] = {
    **{
        function: function.sql_name().lower()
        for function in (
            *(exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Localtimestamp, exp.Localtime, exp.Exists),
            *(exp.CurrentUser, exp.SessionUser, exp.CurrentRole, exp.CurrentCatalog, exp.CurrentSchema, exp.Array),
        )
    },
    exp.Tuple: "row",
    exp.AtTimeZone: "timezone",
    exp.Overlaps: "overlaps",
}


def column_name(node: exp.Expr) -> str:
    """Return the name of the result column of an expression."""
    return _name_candidate(node)[0] or UNNAMED_COLUMN


def _name_candidate(node: exp.Expr | None) -> tuple[str, bool]:
    """Return a name and whether it is strong: the name of a cast or CASE yields to a strong name of its operand."""
    if isinstance(node, exp.Paren | exp.Bracket | exp.Collate | exp.Filter | exp.Window | exp.WithinGroup):
        return _name_candidate(node.this)
    if isinstance(node, exp.Cast | exp.Case):
        is_cast = isinstance(node, exp.Cast)
        name, is_strong = _name_candidate(node.this if is_cast else node.args.get("default"))
        return (name, True) if is_strong else (type_name(node.args["to"]) if is_cast else "case", False)
    if isinstance(node, exp.Boolean):
        return "bool", False
    while isinstance(node, exp.Subquery | exp.SetOperation):
        node = node.this
    if isinstance(node, exp.Select) and node.expressions:
        return column_name(node.expressions[0]), True
    name = _own_name(node)
    return name, bool(name)


def _own_name(node: exp.Expr | None) -> str:
    if isinstance(node, exp.Alias):
        return str(node.alias)
    if isinstance(node, exp.Dot):
        return str(node.expression.name)
    if isinstance(node, exp.Anonymous):
        return str(node.this)
    if node is None:
        return ""
    return str(
        node.meta.get("name", node.name if isinstance(node, exp.Column) else _KEYWORD_COLUMN_NAMES.get(type(node), ""))
    )
