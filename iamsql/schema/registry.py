"""Every table by its name: the modules of `iamsql.schema.tables` and `iamsql.schema.views` are found by walking, not registered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.util import find_spec

from iamsql.model import Call, Table, View

Relation = Table | View


@cache
def all_tables() -> dict[str, Relation]:
    """Map each table's name to its declaration, in an order in which each comes after those it reads."""
    found: dict[str, Relation] = {}
    for package in ("iamsql.schema.tables", "iamsql.schema.views"):
        path = importlib.import_module(package).__path__
        for module in sorted(info.name for info in pkgutil.iter_modules(path) if not info.name.startswith("_")):
            relation = importlib.import_module(f"{package}.{module}").TABLE
            found[relation.name] = relation
    order = TopologicalSorter({name: relation.tables for name, relation in found.items()}).static_order()
    return {name: found[name] for name in order}


@cache
def relation_of(name: str) -> Relation | None:
    """Return one table's declaration without reading all others; None for a name that is no table."""
    for package in ("iamsql.schema.tables", "iamsql.schema.views"):
        if name.isidentifier() and not name.startswith("_") and find_spec(f"{package}.{name}"):
            found: Relation = importlib.import_module(f"{package}.{name}").TABLE
            return found
    return None


def calls_of(name: str) -> tuple[Call, ...]:
    """List the calls that a table stands on; a view names those that it needs of the tables it reads."""
    return tuple(dict.fromkeys(all_tables()[name].calls))


@cache
def raw_of(name: str) -> frozenset[str]:
    """Name the raw tables that a table's rows come from, through the tables that it reads: all empty, it is empty."""
    own = {call.raw for call in calls_of(name)}
    return frozenset(own).union(*(raw_of(other) for other in all_tables()[name].tables))


def table_calls() -> list[list[str | None]]:
    """List which calls each table stands on, and which stand in for others."""
    rows = (
        (name, call.service, call.operation, call.fallback_for.operation if call.fallback_for else None)
        for name in all_tables()
        for call in calls_of(name)
    )
    return [list(row) for row in dict.fromkeys(rows)]


def with_parents(call: Call) -> Iterator[Call]:
    """Yield a call after those that it is made for."""
    if call.parent:
        yield from with_parents(call.parent)
    yield call


@cache
def all_calls() -> tuple[Call, ...]:
    """List every call of every table with the parents it needs, each once, parents first."""
    wanted = (parent_call for name in all_tables() for call in calls_of(name) for parent_call in with_parents(call))
    return tuple(dict.fromkeys(wanted))
