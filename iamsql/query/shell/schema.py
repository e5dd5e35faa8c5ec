"""Tables and views as CREATE statements with comments, and queries as calls of their macros."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iamsql import catalog
from iamsql.catalog.params import did_you_mean, sql_type
from iamsql.model import IamsqlError, Param, Query
from iamsql.query.shell.completion import PLAIN_NAME_PATTERN
from iamsql.runs.store.reader import Reader
from iamsql.sqltext import identifier, literal

RELATIONS_SQL = """
select schema_name, table_name, comment, null as sql from system.main.duckdb_tables()
where not internal and database_name not in ('temp', 'system')
union all
select schema_name, view_name, comment, sql from system.main.duckdb_views()
where not internal and database_name not in ('temp', 'system')
order by all
"""
COLUMNS_SQL = """
select schema_name, table_name,
    case when regexp_full_match(column_name, '[a-z_][a-z0-9_]*')
            and column_name not in (select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved')
        then column_name else '"' || replace(column_name, '"', '""') || '"' end as name,
    data_type, comment
from system.main.duckdb_columns()
where not internal and database_name not in ('temp', 'system')
order by schema_name, table_name, column_index
"""
MACROS_SQL = """
select function_name, parameters from system.main.duckdb_functions()
where function_type = 'table_macro' and not internal and schema_name = 'main' order by all
"""

Column = tuple[str, str, str | None]  # name as SQL, type, comment


def schema(reader: Reader, query_dirs: Sequence[str], name: str = "") -> str:
    """Return the CREATE statement of a table or view, or the call of a query; without a name, the statements of all tables.

    Raise IamsqlError for an unknown name.
    """
    statements = dict(_create_statements(reader))
    if not name:
        return "\n\n".join(text for table, text in statements.items() if "." not in table)
    if text := statements.get(name.lower().removeprefix("main.")):
        return text
    calls = table_macros(reader)
    if name in calls:
        queries = {query.macro: query for query in _all_queries(query_dirs)}
        return "\n".join(_call_lines(name, calls[name], queries.get(name)))
    hint = did_you_mean(name, [*statements, *calls]) or "."
    raise IamsqlError(f"There is no table, view or query {name!r}{hint} See: .tables, .queries")


def table_macros(reader: Reader) -> dict[str, list[str]]:
    """Map each table macro of the file to its parameters."""
    return {name: list(params) for name, params in reader.run(MACROS_SQL).rows}


def _all_queries(query_dirs: Sequence[str]) -> Iterator[Query]:
    for versions in catalog.read_catalog(catalog.folders(query_dirs)).queries.values():
        yield from versions


def _create_statements(reader: Reader) -> Iterator[tuple[str, str]]:
    """Yield the name of each table and view, with its schema unless it is main, and its CREATE statement."""
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema_name, table, *column in reader.run(COLUMNS_SQL).rows:
        columns.setdefault((schema_name, table), []).append((column[0], column[1], column[2]))
    for schema_name, table, comment, sql in reader.run(RELATIONS_SQL).rows:
        name = table if schema_name == "main" else f"{schema_name}.{table}"
        parts = (table,) if schema_name == "main" else (schema_name, table)
        quoted_name = ".".join(part if PLAIN_NAME_PATTERN.fullmatch(part) else identifier(part) for part in parts)
        yield name.lower(), "\n".join(_create_lines(quoted_name, columns[schema_name, table], comment, sql))


def _create_lines(name: str, columns: Sequence[Column], comment: str | None, sql: str | None) -> Iterator[str]:
    """Yield the lines of a CREATE TABLE, or of a CREATE VIEW with the SQL of the view."""
    if comment:
        yield f"-- {_in_one_line(comment)}"
    yield f"CREATE {'VIEW' if sql else 'TABLE'} {name} ("
    commas = [","] * (len(columns) - 1) + [""]
    column_lines = [
        f"    {column}{'' if sql else f' {column_type}'}{comma}"
        for (column, column_type, _), comma in zip(columns, commas, strict=True)
    ]
    width = max(map(len, column_lines))
    for column_line, (_, column_type, about) in zip(column_lines, columns, strict=True):
        notes = ": ".join(filter(None, (column_type if sql else "", _in_one_line(about or ""))))
        yield f"{column_line:<{width}}  -- {notes}" if notes else column_line
    yield f") AS {sql.partition(' AS ')[2]}" if sql else ");"


def _call_lines(name: str, parameters: Sequence[str], query: Query | None) -> Iterator[str]:
    """Yield the lines of a call of a table macro, with the parameters of its query."""
    params: Mapping[str, Param] = {param.name: param for param in query.params} if query else {}
    if query:
        yield f"-- {query.title}"
    for param in params.values():
        yield f"-- {param.name} {sql_type(param.type).upper()}{': ' if param.about else ''}{_in_one_line(param.about)}"
    arguments = ", ".join(f"{parameter} := {_default_value(params.get(parameter))}" for parameter in parameters)
    yield f"FROM {name}({arguments});"
    if query:
        yield f"-- SQL of the query: .inspect {query.name}"


def _default_value(param: Param | None) -> str:
    """Return the default of a parameter as SQL; `…` for a parameter without a default."""
    return "…" if param is None or param.required else _literal(param.default)


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]
    return str(value) if isinstance(value, int | float) else literal(value)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
