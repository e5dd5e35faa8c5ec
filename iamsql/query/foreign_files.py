"""Create what a shipped query needs on a DuckDB file of another tool: missing columns, views, accounts and `as_of()`.

A missing column is NULL, which shipped queries treat as unknown. The view of accounts has the account IDs in the rows of
the file. `as_of()` returns the current time. A note lists what the file lacks. Data that only a run records, such as
coverage, has no substitute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from iamsql.model import Query, Table, View
from iamsql.query.compat import candidate_tables, find_words
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import identifier
from iamsql.tables.compiler import compiler, run_macros
from iamsql.tables.registry import all_tables

ACCOUNTS_TABLE_PATTERN = re.compile(r"\biamsql\.accounts\b")
ACCOUNT_POSITION = "account_position"  # the macro that orders the rows of controls by iamsql.accounts
ACCOUNTS_VIEW = "iamsql_accounts"  # of the same length as iamsql.accounts, so positions in the SQL stay
TEMP_RELATIONS_SQL = """select 'view', view_name from system.main.duckdb_views() where temporary and not internal
union all select 'table', table_name from system.main.duckdb_tables() where temporary and not internal"""  # of earlier queries
AS_OF_EXISTS_SQL = """
select 1 from system.main.duckdb_functions() where function_name = 'as_of' and not internal and database_name <> 'temp'"""


def create_stand_ins(reader: Reader, query: Query, sql: str) -> tuple[str, list[str]]:
    """Create the TEMP views and macros of a query on a file that is not a run. Return the SQL to run and the notes."""
    if reader.metadata.run_id:
        return sql, []
    # A session runs several queries on one connection, and each query needs different substitutes.
    reader.create_temp(
        [f"drop {type_name} temp.main.{identifier(name)}" for type_name, name in reader.run(TEMP_RELATIONS_SQL).rows]
    )
    notes = []
    calls_as_of = re.search(r"\bas_of\s*\(", sql, re.IGNORECASE) is not None
    # The evaluation of permissions calls as_of().
    uses_macros = query.shipped and not run_macros.macro_texts().keys().isdisjoint(find_words(query.sql))
    if (calls_as_of or uses_macros) and not reader.run(AS_OF_EXISTS_SQL).rows:
        reader.create_temp(["create or replace temp macro as_of() as now()"])
        notes += ["as_of() is the present"] if calls_as_of else []
    if query.shipped:
        notes += _create_views(reader, query)
        sql = ACCOUNTS_TABLE_PATTERN.sub(ACCOUNTS_VIEW, sql)
    note = f"{reader.path.name} is not a run of iamsql: {'; '.join(notes)}."
    return sql, [note] if notes else []


def _create_views(reader: Reader, query: Query) -> list[str]:
    """Create TEMP views that add missing columns to the file's tables, the derived views, and the accounts. Return notes."""
    words, candidates = find_words(query.sql), candidate_tables(query.sql)
    # With the database, because a TEMP view has the same name as the table that it reads.
    ((database,),) = reader.query("select system.main.current_database()")
    main_schema = f"{identifier(database)}.main"
    columns_of = {table: {column.lower() for column in columns} for table, columns in reader.columns().items()}
    file_tables = [name for name in columns_of if name in candidates]
    uses_macros = bool(words & {*run_macros.macro_texts(), ACCOUNT_POSITION})
    needs_accounts = uses_macros or ACCOUNTS_TABLE_PATTERN.search(query.sql)
    views, notes = [_accounts_statement(main_schema, columns_of, file_tables)] if needs_accounts else [], []
    for name in file_tables:
        missing_columns = [
            column for column in compiler.columns(all_tables()[name]) if column.name not in columns_of[name]
        ]
        nulls = "".join(f', null::{compiler.duckdb_type(column)} as "{column.name}"' for column in missing_columns)
        views += (
            [f'create or replace temp view "{name}" as select *{nulls} from {main_schema}."{name}"']
            if missing_columns
            else []
        )
        if used_columns := [column.name for column in missing_columns if column.name in words]:
            notes.append(f"{name} has no {', '.join(used_columns)}, which counts as unknown")
    derived_statements, derived_notes = _derived_view_statements(candidates - set(file_tables), words)
    if derived_statements or uses_macros:
        # Views call scalar macros, and table macros read views.
        table_macros = (*run_macros.stubs(temporary=True), *run_macros.table_macros(temporary=True))
        over_accounts = [ACCOUNTS_TABLE_PATTERN.sub(ACCOUNTS_VIEW, statement) for statement in table_macros]
        views = [*run_macros.scalar_macros(temporary=True), *views, *derived_statements, *over_accounts]
    reader.create_temp(views)
    return notes + derived_notes


def _derived_view_statements(missing_tables: set[str], words: set[str]) -> tuple[list[str], list[str]]:
    """Return the statements of the views that are only SQL over typed tables, and notes; missing base tables are empty."""
    relations = {name: relation for name, relation in all_tables().items() if name in missing_tables}
    if not any(map(_is_derived, relations.values())):
        return [], []
    needed_tables = {other for relation in relations.values() if _is_derived(relation) for other in relation.tables}
    statements, notes = [], []
    for name, relation in relations.items():
        if _is_derived(relation):
            statements.append(f'create or replace temp table "{name}" as {compiler.select(relation)}')
        elif name in needed_tables and name not in words:
            nulls = ", ".join(
                f'null::{compiler.duckdb_type(column)} as "{column.name}"' for column in compiler.columns(relation)
            )
            statements.append(f'create or replace temp view "{name}" as select {nulls} where false')
            notes.append(f"{name} does not exist, which counts as empty")
    return statements, notes


def _is_derived(relation: Table | View) -> bool:
    """Return whether a view is SQL over typed tables only, not over raw items."""
    return isinstance(relation, View) and bool(relation.tables) and 'raw."' not in relation.sql


def _accounts_statement(main_schema: str, columns_of: Mapping[str, set[str]], file_tables: Sequence[str]) -> str:
    """Return the statement of a view of the accounts in the rows, with the names of aws_organizations_account."""
    selects = [
        f'select account_id, null as name from {main_schema}."{name}"'
        for name in file_tables
        if "account_id" in columns_of[name]
    ]
    if {"id", "name"} <= columns_of.get("aws_organizations_account", set()):
        selects.append(f"select id as account_id, name from {main_schema}.aws_organizations_account")
    rows = " union all ".join(selects) or "select null::varchar as account_id, null::varchar as name where false"
    position = "row_number() over (order by account_id) as position"
    named_once = f"select account_id, max(name) as name from ({rows}) group by all"
    return f"create or replace temp view {ACCOUNTS_VIEW} as select *, {position} from ({named_once})"
