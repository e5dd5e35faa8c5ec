"""The commands of the shell: lines that start with a dot or a backslash, split into words as a POSIX shell splits them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

from iamsql import render
from iamsql.catalog.frontmatter import CHOICES_BY_KEY
from iamsql.catalog.params import did_you_mean
from iamsql.model import IamsqlError, Result
from iamsql.query import listing as describe
from iamsql.query.run_query import find_query
from iamsql.query.shell.schema import schema
from iamsql.query.shell.settings import (
    ON_OFF,
    set_dialect,
    set_output,
    set_pager,
    set_records,
    set_timer,
    set_wide,
)
from iamsql.query.shell.splitter import EXIT_WORDS
from iamsql.query.shell.state import RECORD_MODES, State
from iamsql.runs.coverage.summary import table_states
from iamsql.tables.registry import all_tables

TABLES_SQL = """
select schema_name as schema, table_name as "table", estimated_size as rows, comment as about from system.main.duckdb_tables()
where not internal and database_name not in ('temp', 'system')
union all
select schema_name, view_name, null, comment from system.main.duckdb_views()
where not internal and database_name not in ('temp', 'system')
order by all
"""
COLUMNS_SQL = """
select column_name as "column", data_type as type, comment as about from system.main.duckdb_columns()
where not internal and database_name not in ('temp', 'system')
    and lower(schema_name) = lower($schema) and lower(table_name) = lower($name)
order by column_index
"""


class Command(NamedTuple):
    """A command: the function that runs it, its usage, its description, and what completion offers for its argument."""

    run: Callable[[State, str], None]
    usage: str
    about: str
    follows: tuple[str, ...] = ()


def command(state: State, line: str) -> None:
    """Run a command; raise IamsqlError for an unknown command or invalid arguments."""
    name, _, arguments = line.strip().rstrip(";").partition(" ")
    if name == r"\d" and not arguments.strip():  # psql lists the relations
        name = ".tables"
    entry = COMMANDS.get(".quit" if name in EXIT_WORDS else ALIASES.get(name, name))
    if not entry:
        hint = did_you_mean(name, [*COMMANDS, *ALIASES]) or "."
        raise IamsqlError(f"There is no command {name}{hint} See: .help")
    entry.run(state, arguments.strip())


def _split_arguments(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments.rstrip(";"))
    except ValueError as error:
        raise IamsqlError(f"The arguments cannot be parsed: {error}.") from None


def _list_tables(state: State, arguments: str) -> None:
    """List the tables of schema main, or with a pattern the matching tables of all schemas."""
    pattern = " ".join(_split_arguments(arguments)).lower()
    relations = state.ready().run(TABLES_SQL).rows
    columns_by_name = {(row[1] if row[0] == "main" else f"{row[0]}.{row[1]}"): row[2:] for row in relations}
    # The tables of the schemas raw and iamsql would hide the others: only a pattern lists them.
    matching_names = [
        name for name in columns_by_name if _matches(pattern, name.lower()) and (pattern or "." not in name)
    ]
    if not matching_names:
        raise IamsqlError(f"There is no table like {pattern!r}." if pattern else "The file has no tables.")
    states = table_states(state.ready(), matching_names)
    texts = {name: str(table) for name, table in states.items()}
    rows = [(name, columns_by_name[name][0], texts.get(name), columns_by_name[name][1]) for name in matching_names]
    state.rows(Result(("table", "rows", "state", "about"), rows, ("VARCHAR", "BIGINT", "VARCHAR", "VARCHAR")))


def _matches(pattern: str, name: str) -> bool:
    return fnmatchcase(name, pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*")


def _inspect(state: State, arguments: str) -> None:
    """Print the columns of a table, or the description and SQL of a query."""
    name = " ".join(_split_arguments(arguments))
    schema, _, table = name.rpartition(".")
    columns = state.ready().run(COLUMNS_SQL, {"schema": schema or "main", "name": table})
    if columns.rows:
        return state.rows(columns, f"{describe.table_head(name)}\n\n" if name in all_tables() else "")
    tables, queries = state.ready().columns(), [row[0] for row in describe.queries(state.query_dirs).rows]
    if name.partition("@")[0] not in queries:
        raise IamsqlError(
            f"There is no table or query {name!r}{did_you_mean(name, [*tables, *queries]) or '.'} See: .tables, .queries"
        )
    return state.text(describe.query(name, state.query_dirs))


def _list_queries(state: State, arguments: str) -> None:
    """List the queries whose name or title matches the pattern."""
    pattern = " ".join(_split_arguments(arguments)).lower()
    queries = describe.queries(state.query_dirs)
    rows = [row for row in queries.rows if _matches(pattern, row[0].lower()) or _matches(pattern, str(row[-1]).lower())]
    if not rows:
        raise IamsqlError(f"There is no query like {pattern!r}.")
    state.rows(Result(queries.columns, rows, queries.types))


def _run_query(state: State, arguments: str) -> None:
    """Run a query by name or file, with values for its parameters."""
    words = _split_arguments(arguments)
    if not words or words[0] == "-":
        raise IamsqlError("Specify a query or a .sql file: .run NAME [name=value …]")
    args: dict[str, str] = {}
    for word in words[1:]:
        name, equals_sign, value = word.partition("=")
        if not equals_sign or not name or name in args:
            raise IamsqlError(f".run takes values such as days=30, each once, not {word!r}.")
        args[name] = value
    state.run(find_query(words[0], state.query_dirs), args)


def _explain_query(state: State, arguments: str) -> None:
    """Print the tables, calls and coverage that SQL or a query depends on."""
    if not arguments:
        raise IamsqlError("Specify a query or SQL: .explain SQL|NAME")
    path = arguments.rstrip(";")
    query = find_query(path, state.query_dirs) if path.endswith(".sql") else state.query_for(arguments)
    state.explain(query)


def _print_schema(state: State, arguments: str) -> None:
    """Print the CREATE statement of a table, or the call of a query."""
    state.text(schema(state.ready(), state.query_dirs, " ".join(_split_arguments(arguments))))


def _print_help(state: State, arguments: str) -> None:
    rows = [(entry.usage, entry.about) for entry in COMMANDS.values()]
    width = max(len(usage) for usage, _ in rows)
    lines = [f"  {usage:<{width}}  {about}" for usage, about in rows]
    aliases = ", ".join(f"{alias} is {name}" for alias, name in ALIASES.items())
    keys = "SQL ends with a semicolon. Tab completes; Ctrl-C stops a statement or clears the line; Ctrl-D exits."
    state.text("\n".join([*lines, f"Also: {aliases}.", keys]))


def _leave(state: State, arguments: str) -> None:
    state.leaving = True


COMMANDS = {
    ".tables": Command(_list_tables, ".tables [PATTERN]", "List the tables of the run and their row counts.", ("tables",)),
    ".inspect": Command(_inspect, ".inspect NAME", "Show the columns of a table, or the SQL of a query.", ("tables", "queries")),
    ".queries": Command(_list_queries, ".queries [PATTERN]", "List the queries.", ("queries",)),
    ".schema": Command(_print_schema, ".schema [NAME]", "Show CREATE TABLE, or a query's parameters.", ("tables", "queries")),
    ".run": Command(_run_query, ".run NAME [name=value …]", "Run a query, with values for its parameters.", ("queries",)),
    ".explain": Command(_explain_query, ".explain SQL|NAME", "Show the tables and calls that a result depends on.", ("queries",)),
    ".output": Command(set_output, ".output FORMAT", f"Set the format: {', '.join(render.FORMATS)}.", tuple(render.FORMATS)),
    r"\x": Command(set_records, r"\x [on|off|auto]", "Set whether rows are records; auto: one row is a record.", RECORD_MODES),
    ".wide": Command(set_wide, ".wide [on|off]", "Set whether tables have all columns and whole cells.", ON_OFF),
    ".timer": Command(set_timer, ".timer on|off", "Set whether the seconds of a statement are shown.", ON_OFF),
    ".pager": Command(set_pager, ".pager on|off", "Set whether a pager shows long results.", ON_OFF),
    ".dialect": Command(
        set_dialect, ".dialect NAME", "Set the dialect: duckdb, or postgres as in Steampipe.", CHOICES_BY_KEY["dialect"]
    ),
    ".help": Command(_print_help, ".help", "Show this list."),
    ".quit": Command(_leave, ".quit", "Exit."),
}  # fmt: skip
# The names of psql and sqlite for these commands.
ALIASES = {
    ".mode": ".output", r"\d": ".inspect", r"\dt": ".tables", r"\timing": ".timer", r"\?": ".help", r"\q": ".quit",
    ".exit": ".quit",
}  # fmt: skip
