"""All tables by name. Each module `aws_*` of `iamsql.tables` declares a table."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from graphlib import TopologicalSorter
from importlib.util import find_spec

from iamsql import tables
from iamsql.model import Call, Table, View

Relation = Table | View
TABLE_NAME_PREFIX = "aws_"


@cache
def all_tables() -> dict[str, Relation]:
    """Map the name of each table to its declaration. A table comes after the tables that it reads."""
    declarations = {name: _declared_in(name) for name in _table_modules()}
    order = TopologicalSorter({name: relation.tables for name, relation in declarations.items()}).static_order()
    return {name: declarations[name] for name in order}


@cache
def find_relation(name: str) -> Relation | None:
    """Return the declaration of a table without importing the others; None if there is no such table."""
    # To import all declarations takes 70 ms, a fifth of the time of a query.
    # isidentifier: a name can come from SQL, and find_spec would import the parents of a dotted name.
    exists = name.isidentifier() and name.startswith(TABLE_NAME_PREFIX) and find_spec(f"{tables.__name__}.{name}")
    return _declared_in(name) if exists else None


def _table_modules() -> list[str]:
    return sorted(
        info.name for info in pkgutil.iter_modules(tables.__path__) if info.name.startswith(TABLE_NAME_PREFIX)
    )


def _declared_in(name: str) -> Relation:
    """Return the declaration in a module, with the name of the module and the first paragraph of its docstring."""
    module = importlib.import_module(f"{tables.__name__}.{name}")
    about = " ".join((module.__doc__ or "").partition("\n\n")[0].split())
    relation: Relation = module.TABLE
    return replace(relation, name=name, about=about)


def find_calls(name: str) -> tuple[Call, ...]:
    """Return the calls of a table, or of a resource type of a table, such as aws_resource_policy:s3_bucket.

    A view also declares the calls that it needs of the tables that it reads. Raise KeyError for an unknown name.
    """
    table, _, resource_type = name.partition(":")
    if resource_type:
        return dict(_resource_types(find_relation(table)))[resource_type]
    return tuple(dict.fromkeys(all_tables()[name].calls))


def typed_names(table: str) -> list[str]:
    """Return the resource types of a table, as TABLE:TYPE; [] for most tables."""
    return [f"{table}:{resource_type}" for resource_type, _ in _resource_types(find_relation(table))]


def _resource_types(relation: Relation | None) -> tuple[tuple[str, tuple[Call, ...]], ...]:
    return relation.calls_of_types if isinstance(relation, View) else ()


@cache
def table_sources(name: str) -> frozenset[str]:
    """Return the raw tables of a table and of the tables that it reads. If all are empty, the table is empty."""
    raw_tables = {call.raw for call in find_calls(name)}
    return frozenset(raw_tables).union(*(table_sources(table) for table in all_tables()[name].tables))


def table_calls() -> list[list[str | None]]:
    """Return the rows of iamsql.table_calls: table, service, operation, and the operation that the call is a fallback for."""
    rows = (
        (name, call.service, call.operation, call.fallback_for.operation if call.fallback_for else None)
        for name in all_tables()
        for call in find_calls(name)
    )
    return [list(row) for row in dict.fromkeys(rows)]


def with_parents(call: Call) -> Iterator[Call]:
    """Yield the ancestors of a call, then the call."""
    if call.parent:
        yield from with_parents(call.parent)
    yield call


@cache
def all_calls() -> tuple[Call, ...]:
    """Return every call of every table and its ancestors without duplicates, parents first."""
    calls = (call for name in all_tables() for call in find_calls(name))
    return tuple(dict.fromkeys(ancestor for call in calls for ancestor in with_parents(call)))


@cache
def organization_calls() -> frozenset[str]:
    """Return the calls, as service:operation, that are made once for the organization."""
    return frozenset(
        f"{call.service}:{call.operation}"
        for call in all_calls()
        if call.org or call.service == "organizations" or call.implicit
    )
