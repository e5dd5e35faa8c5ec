"""The resource types of aws_resource_policy: an answer about some types depends only on the calls for these types.

In a set of tables, `aws_resource_policy:s3_bucket` stands for the rows of one type.
"""

from __future__ import annotations

from collections.abc import Collection

from iamsql.runs.coverage.newer_version import is_newer
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import literal
from iamsql.tables.registry import find_calls, typed_names

TABLE, STATEMENTS = "aws_resource_policy", "aws_iam_statement"
ROLE, ROLE_MACRO = "iam_role", "iam_role_resources()"  # the macro that adds roles to the resources of external_access
# The unique IDs of users and roles. A policy with an ID that no account of the run has makes its own row unknown.
IDS_MACRO = "iam_unique_ids()"


def find_tables(reader: Reader, sql: str, types: Collection[str], without: frozenset[str] = frozenset()) -> set[str]:
    """Return the stored tables that SQL reads, with the resource types that its query declares instead of TABLE.

    `without` has the meaning that it has for `Reader.tables_of`. A run of a newer iamsql may have other types, so all
    of its tables count.
    """
    without |= {IDS_MACRO}
    if not types or is_newer(reader.metadata):
        return reader.tables_of(sql, without)
    tables = reader.tables_of(sql, without if ROLE in types else without | {ROLE_MACRO})
    # The calls of STATEMENTS are calls of IAM. The statements of a resource policy come from the calls of the resource.
    return with_resource_types(tables - {STATEMENTS} if TABLE in tables else tables, types)


def with_resource_types(tables: Collection[str], types: Collection[str]) -> set[str]:
    """Return the tables with the resource types in place of TABLE. Roles are not included: SQL names their tables."""
    if TABLE not in tables:
        return set(tables)
    return {*tables, *(f"{TABLE}:{resource_type}" for resource_type in types if resource_type != ROLE)} - {TABLE}


def calls_table(reader: Reader, tables: Collection[str] | None = None) -> str:
    """Return the relation with the columns of iamsql.table_calls that has the calls of `tables`; None for all tables."""
    if tables is not None and not any(name.startswith(f"{TABLE}:") for name in tables):
        return reader.calls_table  # without importing the declaration
    names = [name for name in typed_names(TABLE) if tables is None or name in tables]
    calls = [(name, call.service, call.operation) for name in names for call in find_calls(name)]
    if not calls:
        return reader.calls_table
    rows = ", ".join(f"({', '.join(map(literal, call))}, null)" for call in calls)
    return f"(from {reader.calls_table} union all from (values {rows}))"
