"""Shipped queries on a DuckDB file that others made: what such a file lacks is stood in for where that is honest, and said.

A column that it lacks is NULL, which shipped queries take for unknown; accounts are those that its rows name; `as_of()` is
the present. What a run alone can tell, such as coverage, has no stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iamsql.model import Query, Table, View
from iamsql.query.compat import meant_tables
from iamsql.sqltext import identifier
from iamsql.store.read import Reader

ACCOUNTS = re.compile(r"\biamsql\.accounts\b")
STAND_IN = "iamsql_accounts"  # as long as the name that it stands for, so that places in the SQL hold
HELD = """
select database_name, table_name, column_name from system.main.duckdb_columns()
where not internal and schema_name = 'main' and database_name = current_database()
"""
LEFT = """select 'view', view_name from system.main.duckdb_views() where temporary and not internal
union all select 'table', table_name from system.main.duckdb_tables() where temporary and not internal"""  # by an earlier question
AS_OF = "select 1 from system.main.duckdb_functions() where function_name = 'as_of' and not internal and database_name <> 'temp'"


def stand_ins(reader: Reader, query: Query, sql: str) -> tuple[str, list[str]]:
    """Make the stand-ins that a query needs on a file that is no run; answers the SQL to run, and what to say."""
    if reader.facts.run_id:
        return sql, []
    reader.shadow([f'drop {kind} temp.main."{name}"' for kind, name in reader.run(LEFT).rows])
    notes = []
    asks_time = re.search(r"\bas_of\s*\(", sql, re.IGNORECASE) is not None
    if (asks_time or _uses_macros(query)) and not reader.run(AS_OF).rows:
        reader.shadow(["create or replace temp macro as_of() as now()"])
        notes += ["as_of() is the present"] if asks_time else []
    if query.shipped:
        notes += _widened(reader, query)
        sql = ACCOUNTS.sub(STAND_IN, sql)
    told = f"{reader.path.name} is no run of iamsql: {'; '.join(notes)}."
    return sql, [told] if notes else []


def _uses_macros(query: Query) -> bool:
    """Tell whether a shipped query uses macros of run files, of which the evaluation of permissions asks the time."""
    from iamsql.schema import compiler

    return query.shipped and bool(set(re.findall(r"\w+", query.sql.lower())) & compiler.texts().keys())


def _widened(reader: Reader, query: Query) -> list[str]:
    """Make TEMP views that give the tables of the file the columns they lack, those made of others, and the accounts."""
    from iamsql.schema import compiler
    from iamsql.schema.registry import all_tables

    words, meant = set(re.findall(r"\w+", query.sql.lower())), meant_tables(query.sql)
    held: dict[str, list[str]] = {}
    for database, table, column in reader.run(HELD).rows:
        place = f"{identifier(database)}.main.{identifier(table)}"
        held.setdefault(place, []).append(column.lower())
    mine = {name: place for place in held if (name := place.rpartition('."')[2][:-1]) in meant}
    macros = compiler.macros(temporary=True)
    used = bool(words & compiler.texts().keys())
    made, notes = [], []
    for name, place in mine.items():
        lacks = [one for one in compiler.columns(all_tables()[name]) if one.name not in held[place]]
        shown = "".join(f', null::{compiler.duck_type(one)} as "{one.name}"' for one in lacks)
        made += [f'create or replace temp view "{name}" as select *{shown} from {place}'] if lacks else []
        if asked := [one.name for one in lacks if one.name in words]:
            notes.append(f"{name} has no {', '.join(asked)} there, which counts as unknown")
    parts, told = _made_of_others(meant - mine.keys(), words)
    if used or parts:
        made += [*parts, *compiler.stubs(temporary=True), *compiler.questions(temporary=True)]
    reader.shadow(
        [*(macros if used or parts else ()), *made, *([_accounts(held, mine)] if ACCOUNTS.search(query.sql) else [])]
    )
    return notes + told


def _made_of_others(lacking: set[str], words: set[str]) -> tuple[list[str], list[str]]:
    """Make the views that are only SQL over typed tables; of those, the ones that the file lacks are taken to be empty."""
    from iamsql.schema import compiler
    from iamsql.schema.registry import all_tables

    relations = {name: one for name, one in all_tables().items() if name in lacking}
    if not any(map(_is_of_others, relations.values())):
        return [], []
    needed = {other for one in relations.values() if _is_of_others(one) for other in one.tables}
    made, notes = [], []
    for name, one in relations.items():
        if _is_of_others(one):
            made.append(f'create or replace temp table "{name}" as {compiler.select(one)}')
        elif name in needed and name not in words:
            nulls = ", ".join(
                f'null::{compiler.duck_type(column)} as "{column.name}"' for column in compiler.columns(one)
            )
            made.append(f'create or replace temp view "{name}" as select {nulls} where false')
            notes.append(f"{name} is not there, which counts as empty")
    return made, notes


def _is_of_others(relation: Table | View) -> bool:
    """Tell whether a view is only SQL over typed tables, none of it over raw items."""
    return isinstance(relation, View) and bool(relation.tables) and 'raw."' not in relation.sql


def _accounts(held: Mapping[str, list[str]], mine: Mapping[str, str]) -> str:
    """Give the view of the accounts that the rows name, with the names that the organization's table has for them."""

    def named() -> Iterator[str]:
        for place, columns in held.items():
            if place.endswith('."aws_organizations_account"') and {"id", "name"} <= set(columns):
                yield f"select id as account_id, name from {place}"
        for place in mine.values():
            if "account_id" in held[place]:
                yield f"select account_id, null as name from {place}"

    rows = " union all ".join(named()) or "select null::varchar as account_id, null::varchar as name where false"
    place = "row_number() over (order by account_id) as position"
    named_once = f"select account_id, max(name) as name from ({rows}) group by all"
    return f"create or replace temp view {STAND_IN} as select *, {place} from ({named_once})"
