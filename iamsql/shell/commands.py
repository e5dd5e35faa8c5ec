"""The shell's own commands: each a line that starts with a dot, its words parted as a system's shell parts them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import NamedTuple

from iamsql import describe, render
from iamsql.catalog.frontmatter import WORDS
from iamsql.catalog.params import near
from iamsql.model import IamsqlError, Result
from iamsql.query.run import find_query
from iamsql.schema.registry import all_tables
from iamsql.shell.splitter import LEAVING
from iamsql.shell.state import State

TABLES = """
select schema_name as schema, table_name as "table", estimated_size as rows, comment as about from system.main.duckdb_tables()
where not internal and database_name not in ('temp', 'system')
union all
select schema_name, view_name, null, comment from system.main.duckdb_views()
where not internal and database_name not in ('temp', 'system')
order by all
"""
COLUMNS = """
select column_name as "column", data_type as type, comment as about from system.main.duckdb_columns()
where not internal and database_name not in ('temp', 'system')
    and lower(schema_name) = lower($schema) and lower(table_name) = lower($name)
order by column_index
"""


class Command(NamedTuple):
    """A command: what it does with its words, how it is written, what it is for, and what completion offers for its word."""

    run: Callable[[State, str], None]
    usage: str
    about: str
    follows: tuple[str, ...] = ()


def command(state: State, line: str) -> None:
    """Run a command; raise IamsqlError for one that is unknown or badly written."""
    name, _, rest = line.strip().partition(" ")
    known = COMMANDS.get(".quit" if name.rstrip(";") in LEAVING else name)
    if not known:
        raise IamsqlError(f"There is no command {name}{near(name, COMMANDS)}. See: .help")
    known.run(state, rest.strip())


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest.rstrip(";"))
    except ValueError as error:
        raise IamsqlError(f"The words cannot be told apart: {error}.") from None


def _choice(kind: str, word: str, choices: Sequence[str]) -> str:
    if word not in choices:
        raise IamsqlError(f"{kind} is {' or '.join(choices)}, not {word!r}.")
    return word


def _tables(state: State, rest: str) -> None:
    """List the tables of main, or with a pattern those of all schemas that fit it."""
    pattern = " ".join(_words(rest)).lower()
    found = state.session.rows(TABLES).rows
    named = {(row[1] if row[0] == "main" else f"{row[0]}.{row[1]}"): row[2:] for row in found}
    fitting = [name for name in named if _fits(pattern, name.lower()) and (pattern or "." not in name)]
    if not fitting:
        raise IamsqlError(f"There is no table like {pattern!r}." if pattern else "The file holds no tables.")
    states = state.session.states(fitting)
    rows = [(name, named[name][0], states.get(name), named[name][1]) for name in fitting]
    state.rows(Result(("table", "rows", "state", "about"), rows, ("VARCHAR", "BIGINT", "VARCHAR", "VARCHAR")))


def _fits(pattern: str, name: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(name, pattern if any(mark in pattern for mark in "*?[") else f"*{pattern}*")


def _inspect(state: State, rest: str) -> None:
    """Show the columns of a table, or a query whole."""
    name = " ".join(_words(rest))
    schema, _, table = name.rpartition(".")
    columns = state.session.rows(COLUMNS, {"schema": schema or "main", "name": table})
    if columns.rows:
        return state.rows(columns, f"{describe.table_head(name)}\n\n" if name in all_tables() else "")
    tables, queries = state.session.columns(), _queries_of(state)
    if name.partition("@")[0] not in queries:
        raise IamsqlError(
            f"There is no table or query {name!r}{near(name, [*tables, *queries])}. See: .tables, .queries"
        )
    return state.text(describe.query(name, state.query_dirs))


def _queries_of(state: State) -> list[str]:
    return [row[0] for row in describe.queries(state.query_dirs).rows]


def _queries(state: State, rest: str) -> None:
    """List the queries whose names or titles hold the pattern."""
    pattern = " ".join(_words(rest)).lower()
    every = describe.queries(state.query_dirs)
    rows = [row for row in every.rows if _fits(pattern, row[0].lower()) or _fits(pattern, str(row[-1]).lower())]
    if not rows:
        raise IamsqlError(f"There is no query like {pattern!r}.")
    state.rows(Result(every.columns, rows, every.types))


def _run(state: State, rest: str) -> None:
    """Run a query by name or file, with values for its parameters."""
    words = _words(rest)
    if not words or words[0] == "-":
        raise IamsqlError("Name a query or a .sql file: .run NAME [name=value …]")
    args: dict[str, str] = {}
    for word in words[1:]:
        name, mark, value = word.partition("=")
        if not mark or not name or name in args:
            raise IamsqlError(f"After the query come values, each once, such as days=30, not {word!r}.")
        args[name] = value
    state.run(find_query(words[0], state.query_dirs), args)


def _explain(state: State, rest: str) -> None:
    """Show what SQL or a query stands on."""
    if not rest:
        raise IamsqlError("Name a query or give SQL: .explain SQL|NAME")
    query = (
        state.meant(rest) if not rest.rstrip(";").endswith(".sql") else find_query(rest.rstrip(";"), state.query_dirs)
    )
    state.answer(lambda: state.session.explain(query))


def _output(state: State, rest: str) -> None:
    if rest:
        state.output = render.format_named(rest)
    state.say(f"Rows are written as {state.output}.")


def _dialect(state: State, rest: str) -> None:
    if rest:
        state.dialect = _choice("A dialect", rest, WORDS["dialect"])
    state.say(f"SQL is read as {state.dialect}.")


def _pager(state: State, rest: str) -> None:
    if rest:
        state.paged = _choice("The pager", rest, ("on", "off")) == "on"
    state.say(f"The pager is {'on' if state.paged else 'off'}.")


def _help(state: State, rest: str) -> None:
    rows = [(one.usage, one.about) for one in COMMANDS.values()]
    wide = max(len(usage) for usage, _ in rows)
    lines = [f"  {usage:<{wide}}  {about}" for usage, about in rows]
    keys = "SQL ends with a semicolon. Tab completes; Ctrl-C stops a statement or clears the line; Ctrl-D leaves."
    state.text("\n".join([*lines, keys]))


def _quit(state: State, rest: str) -> None:
    state.leaving = True


COMMANDS = {
    ".tables": Command(_tables, ".tables [PATTERN]", "The tables of the run, with their rows.", ("tables",)),
    ".inspect": Command(_inspect, ".inspect NAME", "The columns of a table, or a query whole.", ("tables", "queries")),
    ".queries": Command(_queries, ".queries [PATTERN]", "The queries that can be run.", ("queries",)),
    ".run": Command(_run, ".run NAME [name=value …]", "Run a query, with values for its parameters.", ("queries",)),
    ".explain": Command(_explain, ".explain SQL|NAME", "The tables, calls and accounts that an answer stands on.", ("queries",)),
    ".output": Command(_output, ".output FORMAT", f"How rows are written: {', '.join(render.FORMATS)}.", tuple(render.FORMATS)),
    ".dialect": Command(_dialect, ".dialect NAME", "How SQL is read: duckdb, or postgres as for Steampipe.", WORDS["dialect"]),
    ".pager": Command(_pager, ".pager on|off", "Whether rows that fill the terminal come a page at a time.", ("on", "off")),
    ".help": Command(_help, ".help", "This list."),
    ".quit": Command(_quit, ".quit", "Leave."),
}  # fmt: skip
