"""What to say instead of DuckDB's words for a name that is not there: near names, and how a table comes into a run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from iamsql import catalog
from iamsql.catalog.params import near
from iamsql.model import IamsqlError
from iamsql.query.foreign_files import ACCOUNTS
from iamsql.render import seen
from iamsql.runs.versions import is_newer, newer_note
from iamsql.store.read import Reader

TABLE = re.compile(r'Table with name "?(?P<name>[^"\s]+)"? does not exist')
COLUMN = re.compile(r'Referenced column "(?P<name>[^"]+)" not found in FROM')
COLUMN_OF = re.compile(r'(?:Table|Values list) "(?P<of>[^"]+)" does not have a column named "(?P<name>[^"]+)"')
FUNCTION = re.compile(r"Table Function with name (?P<name>\S+) does not exist")
CANDIDATE = re.compile(r'"([^"]+)"')
SHOWN = 12  # columns that are listed where none is near
OTHERS = "select table_schema, table_name from system.information_schema.tables"
HELD = """
select table_name, column_name from system.main.duckdb_columns()
where not internal and schema_name = 'main' order by column_index
"""


@contextmanager
def hinted(reader: Reader, sql: str) -> Iterator[None]:
    """Say what a user can do about a table, column or query that an error of DuckDB's names; the place in the SQL stays."""
    try:
        yield
    except IamsqlError as error:
        words = str(error)
        place = words[words.find("\nLINE ") :] if "\nLINE " in words else ""
        if said := _said(reader, sql, words.removesuffix(place)):
            said += f"\n{newer_note(reader.facts)}" if is_newer(reader.facts) else ""
            raise IamsqlError("\n".join(map(seen, said.splitlines())) + place) from error
        raise


def _said(reader: Reader, sql: str, words: str) -> str:
    if found := TABLE.search(words):
        return _table(reader, _qualified(sql, found["name"]))
    if found := FUNCTION.search(words):
        return _query(reader, found["name"])
    if found := COLUMN.search(words) or COLUMN_OF.search(words):
        return _column(reader, sql, found["name"], found.groupdict().get("of") or "", words[found.end() :])
    return ""


def _qualified(sql: str, name: str) -> str:
    """Give a table's name with the schema that the SQL has before it, which DuckDB leaves out where there is such a schema."""
    found = re.search(rf"\b(raw|iamsql)\s*\.\s*\"?{re.escape(name)}\b", sql, re.IGNORECASE)
    return f"{found[1].lower()}.{name}" if found else name


def _table(reader: Reader, name: str) -> str:
    """Say why a table is not there: not brought by this run, kept in runs only, or not known."""
    from iamsql.schema.names import unknown
    from iamsql.schema.registry import all_tables

    schema, _, bare = name.lower().rpartition(".")
    if schema in ("iamsql", "raw") and not reader.facts.run_id:
        return (
            f"{name} is kept in the runs that iamsql makes, and {reader.path.name} is none of them.\nSee: iamsql runs"
        )
    if schema:
        close = near(name, [f"{one}.{table}" for one, table in reader.run(OTHERS).rows])
        return f"There is no table {name}{close}" if close else ""
    if bare in all_tables() and reader.facts.run_id:
        made = f"it was made by iamsql {reader.facts.iamsql_version or 'of an earlier version'}, without it."
        return f"{reader.path.name} has no table {name}: {made}\nGet it with: iamsql sync --table {bare}"
    if bare in all_tables():
        return f"{reader.path.name} has no table {name}, and is no run of iamsql.\nMake one with: iamsql sync --table {bare}"
    if name in catalog.names([catalog.shipped_folder()]):
        return f"{name} is a query and no table: from {name}()"
    return unknown(name, sorted({table for table, _ in reader.run(HELD).rows} | all_tables().keys()))


def _query(reader: Reader, name: str) -> str:
    """Say which query is near, and that one which the file has no macro of runs by its name."""
    from iamsql.schema import compiler

    shipped = catalog.names([catalog.shipped_folder()])
    if name in shipped:
        return f"{reader.path.name} has no macro {name}: ask the query by its name, iamsql query {name}"
    if name in compiler.texts():
        return f"{name} asks what is kept in the runs that iamsql makes, and {reader.path.name} is none of them."
    if close := near(name, shipped):
        return f"There is no table function or query {name}{close}\nSee them with: iamsql queries"
    return ""


def _column(reader: Reader, sql: str, name: str, of: str, candidates: str) -> str:
    """Say which columns of the tables in the statement are near, or which table has one of that name; `of` is an alias."""
    if not reader.facts.run_id and ACCOUNTS.search(sql):
        return f"iamsql.accounts says {name} in the runs that iamsql makes, and {reader.path.name} is none of them."
    held: dict[str, list[str]] = {}
    for table, column in reader.run(HELD).rows:
        held.setdefault(table.lower(), []).append(column)
    tables = sorted({of.lower()} & held.keys() or reader.tables_of(sql) & held.keys())
    own = [column for table in tables for column in held[table]] if not of or of.lower() in held else []
    here = f"{name} in {of}" if of else name
    if close := near(name, dict.fromkeys(own)) or near(name, CANDIDATE.findall(candidates)):
        return f"There is no column {here}{close}"
    if others := [table for table, columns in held.items() if name.lower() in columns and (of or table not in tables)]:
        return f"There is no column {here}; {_listed(others)} {'has' if len(others) == 1 else 'have'} one."
    if len(tables) == 1:
        return f"There is no column {here}; {tables[0]} has {_listed(held[tables[0]])}.\nSee: iamsql tables {tables[0]}"
    return ""


def _listed(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
