"""Replace DuckDB's errors about unknown names with errors with similar names and the command that collects a missing table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from iamsql import catalog
from iamsql.catalog.params import did_you_mean
from iamsql.escaping import printable
from iamsql.model import IamsqlError
from iamsql.query.compat import candidate_tables
from iamsql.query.foreign_files import ACCOUNTS_TABLE_PATTERN
from iamsql.runs.coverage.newer_version import is_newer, newer_note
from iamsql.runs.store.reader import Reader
from iamsql.tables.compiler import run_macros
from iamsql.tables.names import unknown_table
from iamsql.tables.registry import all_tables

MISSING_TABLE_PATTERN = re.compile(r'Table with name "?(?P<name>[^"\s]+)"? does not exist')
MISSING_COLUMN_PATTERN = re.compile(r'Referenced column "(?P<name>[^"]+)" not found in FROM')
MISSING_COLUMN_OF_TABLE_PATTERN = re.compile(
    r'(?:Table|Values list) "(?P<of>[^"]+)" does not have a column named "(?P<name>[^"]+)"'
)
MISSING_FUNCTION_PATTERN = re.compile(r"Table Function with name (?P<name>\S+) does not exist")
CANDIDATE_PATTERN = re.compile(r'"([^"]+)"')
MAX_SHOWN = 12  # columns that an error lists if no name is similar


class NotARunError(IamsqlError):
    """The file is not a run of iamsql, so a table of runs is missing."""


@contextmanager
def explained_errors(reader: Reader, sql: str) -> Iterator[None]:
    """Replace the error about a table, column or query that does not exist; DuckDB's position in the SQL stays."""
    try:
        yield
    except IamsqlError as error:
        message = str(error)
        position = message[message.find("\nLINE ") :] if "\nLINE " in message else ""
        table = MISSING_TABLE_PATTERN.search(message)
        if table and not reader.metadata.run_id and table["name"].lower() in all_tables():
            raise NotARunError(
                f"{printable(reader.path.name)} is not a run of iamsql: it has no table {printable(table['name'])}.\n"
                "List the runs with: iamsql runs"
            ) from error
        if explanation := _explain_error(reader, sql, message.removesuffix(position)):
            explanation += f"\n{newer_note(reader.metadata)}" if is_newer(reader.metadata) else ""
            # Names of the file and of the SQL may contain control characters.
            raise IamsqlError("\n".join(map(printable, explanation.splitlines())) + position) from error
        raise


def _explain_error(reader: Reader, sql: str, message: str) -> str:
    if match := MISSING_TABLE_PATTERN.search(message):
        return _explain_missing_table(reader, _qualify_name(sql, match["name"]))
    if match := MISSING_FUNCTION_PATTERN.search(message):
        return _explain_missing_function(reader, match["name"])
    if match := MISSING_COLUMN_PATTERN.search(message) or MISSING_COLUMN_OF_TABLE_PATTERN.search(message):
        return _explain_missing_column(
            reader, sql, match["name"], match.groupdict().get("of") or "", message[match.end() :]
        )
    return ""


def _qualify_name(sql: str, name: str) -> str:
    """Return a table's name with the schema that it has in the SQL, which DuckDB omits in its message."""
    match = re.search(rf"\b(raw|iamsql)\s*\.\s*\"?{re.escape(name)}\b", sql, re.IGNORECASE)
    return f"{match[1].lower()}.{name}" if match else name


def _explain_missing_table(reader: Reader, name: str) -> str:
    """Explain why a table does not exist: a version without it wrote the run, the file is not a run, or the name is unknown."""
    schema, _, table_name = name.lower().rpartition(".")
    if schema in ("iamsql", "raw") and not reader.metadata.run_id:
        return (
            f"{name} exists only in runs of iamsql, and {reader.path.name} is not a run.\nList runs with: iamsql runs"
        )
    if schema:
        suggestion = did_you_mean(name, [table for table in reader.columns() if "." in table])
        return f"There is no table {name}{suggestion}" if suggestion else ""
    if table_name in all_tables() and reader.metadata.run_id:
        reason = f"it was made by iamsql {reader.metadata.iamsql_version or 'of an unknown version'}, without it."
        return f"{reader.path.name} has no table {name}: {reason}\nGet it with: iamsql sync --table {table_name}"
    if table_name in all_tables():
        return f"{reader.path.name} is not a run of iamsql: it has no table {name}.\nList the runs with: iamsql runs"
    if name in catalog.names([catalog.shipped_folder()]):
        return f"{name} is a query, not a table. Use: from {name}()"
    return unknown_table(name, sorted(_tables_of_main(reader).keys() | all_tables().keys()))


def _explain_missing_function(reader: Reader, name: str) -> str:
    """Explain an unknown table function: a query without a macro in this file, or a similar name."""
    shipped_names = catalog.names([catalog.shipped_folder()])
    if name in shipped_names:
        query = catalog.load_query([catalog.shipped_folder()], name)
        missing_tables = sorted(candidate_tables(query.sql) - _tables_of_main(reader).keys())
        # A detection that is run by its name also needs the table of events. Other queries can run without some tables.
        if missing_tables and query.kind == "detection" and not reader.metadata.run_id:
            return _explain_missing_table(reader, missing_tables[0])
        return f"{reader.path.name} has no macro {name}. Run the query by name: iamsql query {name}"
    if name in run_macros.macro_texts():
        return f"{name} needs tables of runs of iamsql, and {reader.path.name} is not a run."
    if suggestion := did_you_mean(name, shipped_names):
        return f"There is no table function or query {name}{suggestion}\nList queries with: iamsql queries"
    return ""


def _explain_missing_column(reader: Reader, sql: str, name: str, alias: str, candidates: str) -> str:
    """Explain an unknown column: similar columns of the tables in the statement, or the tables that have it; `of` is an alias."""
    if not reader.metadata.run_id and ACCOUNTS_TABLE_PATTERN.search(sql):
        return f"iamsql.accounts has {name} in runs of iamsql, and {reader.path.name} is not a run."
    columns_of = {table.lower(): list(columns) for table, columns in _tables_of_main(reader).items()}
    tables = sorted({alias.lower()} & columns_of.keys() or reader.tables_of(sql) & columns_of.keys())
    candidate_columns = (
        [column for table in tables for column in columns_of[table]] if not alias or alias.lower() in columns_of else []
    )
    label = f"{name} in {alias}" if alias else name
    if suggestion := did_you_mean(name, dict.fromkeys(candidate_columns)) or did_you_mean(
        name, CANDIDATE_PATTERN.findall(candidates)
    ):
        return f"There is no column {label}{suggestion}"
    if other_tables := [
        table for table, columns in columns_of.items() if name.lower() in columns and (alias or table not in tables)
    ]:
        verb = "has" if len(other_tables) == 1 else "have"
        return f"There is no column {label}; {_join_names(other_tables)} {verb} a column of that name."
    if len(tables) == 1:
        return f"There is no column {label}; {tables[0]} has {_join_names(columns_of[tables[0]])}.\nSee: iamsql tables {tables[0]}"
    return ""


def _tables_of_main(reader: Reader) -> dict[str, dict[str, str]]:
    return {table: columns for table, columns in reader.columns().items() if "." not in table}


def _join_names(names: list[str]) -> str:
    return ", ".join(names[:MAX_SHOWN]) + (" …" if len(names) > MAX_SHOWN else "")
