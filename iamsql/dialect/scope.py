"""Which table a name means: PostgreSQL's rules, which differ from DuckDB's where an alias, a column or a row is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from iamsql.model import IamsqlError

Columns = dict[str, str]  # the names of a table's columns in order, with their kinds


def add(columns: Columns, name: str, kind: str) -> None:
    """Add a column; one whose name is there already keeps its place under a key that no query can name."""
    columns[name if name not in columns else f"{name}\0{len(columns)}"] = kind


@dataclass
class Source:
    """A table in FROM under its alias; `columns` is None if not known.

    `element` is the column that the bare alias means, `stored` the name of the file's table.
    """

    name: str
    columns: Columns | None
    element: str = ""
    stored: str = ""


@dataclass
class Scope:
    """The tables of one SELECT, and the SELECT around it; `shared` are columns joined by USING or NATURAL."""

    outer: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    shared: set[str] = field(default_factory=set)
    natural: bool = False

    def chain(self) -> Iterator[Scope]:
        """Give this scope and those around it, from the inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def named(self, name: str) -> Source | None:
        """Find the table of an alias."""
        for scope in self.chain():
            for source in scope.sources:
                if source.name == name:
                    return source
        return None

    def holding(self, column: str) -> tuple[Source | None, bool]:
        """Find the table that a bare column is of, and whether it can be named with it; (None, False): not known.

        The bare name of a table means its row, or the element of a function that gives one column.
        """
        for scope in self.chain():
            for source in scope.sources:
                if source.columns is not None and column in source.columns:
                    return source, column not in scope.shared and not scope.natural
            if any(source.columns is None for source in scope.sources):
                return None, False
            for source in scope.sources:
                if source.name == column:
                    return source, True
        return None, False

    @property
    def closed(self) -> bool:
        """Tell whether the columns of every table in reach are known."""
        return all(source.columns is not None for scope in self.chain() for source in scope.sources)

    def star(self, name: str = "") -> Columns | None:
        """List the columns of `*`, or of `name.*`; None when a table is not known."""
        found: Columns = {}
        chosen = [self.named(name)] if name else list(self.sources)
        for source in chosen:
            if source is None or source.columns is None:
                return None
            for column, kind in source.columns.items():
                add(found, column, kind)
        return found


def missing(table: str, column: str, source: Source | None) -> IamsqlError:
    """Say that a qualified name means nothing; DuckDB would read it as a member of a JSON column."""
    if source is None or source.columns is None:
        return IamsqlError(f'{table}.{column}: no table or alias "{table}" is in reach.')
    close = get_close_matches(column, source.columns, 1)
    hint = f" Did you mean {table}.{close[0]}?" if close else ""
    return IamsqlError(f'"{table}" has no column "{column}".{hint}')


def unknown(column: str, scope: Scope) -> IamsqlError:
    """Say that no table in reach has a column of a name."""
    held = dict.fromkeys(name for one in scope.chain() for source in one.sources for name in source.columns or {})
    close = get_close_matches(column, held, 1)
    return IamsqlError(f"There is no column {column}." + (f" Did you mean {close[0]}?" if close else ""))


def renamed(columns: Columns | None, names: list[str]) -> Columns | None:
    """Give the first columns of a table the names of an alias's list; None stays when nothing is known."""
    if columns is None:
        return dict.fromkeys(names, "unknown") if names else None
    own = list(columns)
    return {new: columns[old] for old, new in zip(own, [*names, *own[len(names) :]], strict=False)}


def united(left: Columns | None, right: Columns | None) -> Columns | None:
    """Give the columns of a set operation: the names of its first part, the kinds of either."""
    if left is None or right is None:
        return left
    kinds = zip(left.items(), right.values(), strict=False)
    return {name: kind if kind not in ("null", "unknown") else other for (name, kind), other in kinds}
