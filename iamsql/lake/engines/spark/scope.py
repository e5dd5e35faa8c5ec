"""The names that an expression may use: columns of the relations in FROM, variables of lists, and aliases of the SELECT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.values import Value, member_of, name, struct

Columns = Mapping[str, Value]  # what a query returns: the SQL of the values has no meaning outside of it


@dataclass
class Source:
    """A relation in FROM: its alias, and its columns in order. USING hides a column that another relation has."""

    alias: str
    columns: dict[str, Value]
    hidden: set[str] = field(default_factory=set)

    def find(self, column: str) -> Value | None:
        """Return a column, whose name is not case-sensitive."""
        if column in self.columns:
            return self.columns[column]
        return next((value for key, value in self.columns.items() if key.lower() == column.lower()), None)


def source_of(alias: str, columns: Columns) -> Source:
    """Return a relation whose columns have the names that it gives them."""
    return Source(
        alias,
        {column: Value(name(alias, column), value.type, is_loose=value.is_loose) for column, value in columns.items()},
    )


@dataclass
class Scope:
    """The relations of a SELECT inside the scope of the query around it."""

    outer: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    variables: dict[str, Value] = field(default_factory=dict)
    aliases: dict[str, exp.Expr] = field(default_factory=dict)

    def inner(self, variables: Mapping[str, Value]) -> Scope:
        """Return the scope of an expression that has further variables."""
        return Scope(self.outer, self.sources, {**self.variables, **variables}, self.aliases)

    def source(self, alias: str) -> Source | None:
        """Return the relation with an alias, here or in a query around this one."""
        found = next((source for source in self.sources if source.alias.lower() == alias.lower()), None)
        return found or (self.outer.source(alias) if self.outer else None)

    def bare(self, column: str) -> Value | None:
        """Return the value of a name without a relation: a variable, or a column here or in a query around this one."""
        if column in self.variables:
            return self.variables[column]
        for source in self.sources:
            if column.lower() not in source.hidden and (value := source.find(column)) is not None:
                return value
        return None

    def column(self, parts: list[str]) -> Value | None:
        """Return the value of a name with its qualifiers: relation, column and members of a struct; None if there is none."""
        first, *rest = parts
        value = self.bare(first)
        if rest and value is None and (source := self.source(first)) is not None:
            value = source.find(rest[0])
            rest = rest[1:]
        if value is None and len(parts) == 1 and (row := self._row(first)) is not None:
            return row
        if value is None and self.outer is not None:
            return self.outer.column(parts)
        if value is None:
            return None
        for member in rest:
            value = member_of(value, member)
        return value

    def _row(self, alias: str) -> Value | None:
        """Return the row of a relation, whose alias is a struct."""
        source = next((source for source in self.sources if source.alias.lower() == alias.lower()), None)
        return struct(source.columns) if source else None

    def star(self, alias: str = "") -> dict[str, Value]:
        """Return the columns that * or alias.* stands for."""
        if alias:
            source = self.source(alias)
            if source is None:
                raise Untranslatable(f"there is no relation {alias}")
            return dict(source.columns)
        columns: dict[str, Value] = {}
        for source in self.sources:
            for key, value in source.columns.items():
                if key.lower() not in source.hidden:
                    if key in columns:
                        raise Untranslatable(f"two columns have the name {key}")
                    columns[key] = value
        return columns
