"""Determine the tables and calls that SQL depends on, from the declarations of the tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cache

from iamsql.catalog import Config
from iamsql.check.selection import LEVELS, CheckCatalog, select_controls
from iamsql.model import IamsqlError, Query
from iamsql.query.compat import candidate_tables, mentioned_words
from iamsql.runs.coverage.caveats import POLICIES
from iamsql.runs.coverage.resource_types import TABLE, find_tables, with_resource_types
from iamsql.runs.store.reader import Reader
from iamsql.tables.calls.organization import OTHER_TYPES
from iamsql.tables.compiler.compiler import columns
from iamsql.tables.compiler.run_macros import find_macros, table_macros
from iamsql.tables.registry import all_calls, all_tables, find_calls

MACRO_WITHOUT_ARGUMENTS_PATTERN = re.compile(r"replace macro (\w+)\(\) as table")


def tables_depended_on(reader: Reader, sql: str, types: Collection[str] = ()) -> set[str]:
    """Return the tables whose coverage decides whether the answer to SQL is complete.

    For `types`, the resource types that the query declares, the set has names such as `aws_resource_policy:s3_bucket`. A view
    without account_id, such as aws_iam_statement, counts only if no other referenced table has its key. Otherwise, a gap in IAM
    calls would make controls of organization policies unknown, and the reverse.
    """
    tables, columns_of, shared = find_tables(reader, sql, types), _column_names(), _views_without_account()
    return {
        name
        for name in tables
        if name not in shared
        or not any(shared[name] in columns_of.get(other.partition(":")[0], ()) for other in tables - {name})
    }


@cache
def _column_names() -> dict[str, set[str]]:
    """Map each table to the names of its columns."""
    return {name: {column.name for column in columns(table)} for name, table in all_tables().items()}


@cache
def _views_without_account() -> dict[str, str]:
    """Map each view without account_id to the first column of its key."""
    tables = all_tables()
    return {
        name: tables[name].key[0]
        for name, names in _column_names().items()
        if "account_id" not in names and tables[name].tables
    }


def stored_tables() -> list[str]:
    """Return the tables that a run file stores, in dependency order."""
    return [name for name, table in all_tables().items() if table.stored]


def tables_read(checks: CheckCatalog, names: Sequence[str]) -> tuple[str, ...]:
    """Return the tables that benchmarks, controls, tags and queries read. Raise IamsqlError for an invalid name or file."""
    return tuple(sorted(set().union(*map(_required_tables, _find_queries(checks, names)))))


def _find_queries(checks: CheckCatalog, names: Sequence[str]) -> list[Query]:
    """Return the queries that benchmarks, controls, tags and queries stand for."""
    checks.require(names)
    for reason in checks.failures(names):
        raise IamsqlError(reason)
    queries = [checks.queries[name][-1] for name in names if name in checks.queries]
    other_names = [name for name in names if name not in checks.queries]
    return queries + select_controls(checks, other_names, severity=LEVELS[-1], args={}, settings=Config()).queries


def _required_tables(query: Query) -> set[str]:
    """Return the tables that a query needs, with its resource types instead of TABLE.

    Policies of resources are needed only where the SQL or one of its macros names TABLE: views such as aws_iam_statement read
    it as well, but are complete as far as IAM is concerned without it.
    """
    tables = candidate_tables(query.sql)
    if TABLE not in mentioned_words(query.sql):
        return tables - {TABLE}
    return with_resource_types(tables, query.resource_types) if query.resource_types else tables


def tables_for(checks: CheckCatalog, names: Sequence[str]) -> tuple[str, ...]:
    """Return the tables that benchmarks, controls, tags and queries read and that a default sync does not collect."""
    default_calls = {(call.service, call.operation) for call in all_calls() if not call.on_demand}
    # A default sync makes the calls for policies of the organization, but not for all types.
    policy_tables = {
        name
        for query in _find_queries(checks, names)
        for name in _required_tables(query) & {*POLICIES}
        if any(policy_type in query.sql for policy_type in OTHER_TYPES)
    }
    return tuple(
        name
        for name in tables_read(checks, names)
        if name in policy_tables
        or any(
            (call.service, call.operation) not in default_calls for call in find_calls(name) if not call.fallback_for
        )
    )


def repeated_macros(texts: Iterable[str]) -> list[str]:
    """Return the table macros without arguments that several of the texts use, including in other macros, in dependency order."""
    # table_macros() returns each macro before the macros that it uses.
    macros = [match[1] for statement in table_macros() if (match := MACRO_WITHOUT_ARGUMENTS_PATTERN.search(statement))]
    counts = Counter(name for text in texts for name in find_macros(text))
    return [name for name in reversed(macros) if counts[name] > 1]
