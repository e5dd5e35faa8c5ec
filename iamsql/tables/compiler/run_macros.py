"""The macros of run files: scalar macros, table macros of facts, and table macros over typed tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from iamsql.tables.compiler.action_list import action_list
from iamsql.tables.compiler.facts import facts

TABLES_FOLDER = Path(__file__).parents[1]
SCALAR_MACRO_FOLDERS = ("macros", "permissions")
TABLE_MACRO_FOLDERS = ("macros/tables", "permissions/tables")
SIGNATURE_FILE = "00_signature.sql"
_CREATE_MACRO = "create or replace macro"
_RETURNS_PATTERN = re.compile(r"^-- returns: (.+)$", re.MULTILINE)
_COLUMN_PATTERN = re.compile(
    r"(\w+) ((?:[^,(]|\([^)]*\))+)"
)  # a name and its type, whose parentheses may contain commas
_MACRO_NAME_PATTERN = re.compile(r"create or replace (?:temp )?macro (\w+)")
_COMMENT_PATTERN = re.compile(r"--.*")
_MACRO_CALL_PATTERN = re.compile(r"\b(\w+)\(")
_TABLE_MACRO_HEADER_PATTERN = re.compile(r"create or replace (temp )?macro .*? as table$", re.MULTILINE)


@cache
def scalar_macros(temporary: bool = False) -> tuple[str, ...]:
    """Return the statements that create the facts and the scalar macros, which use them."""
    clause = _create_clause(temporary)
    fact_statements = (action_list(), *facts())
    return (
        *(statement.replace(_CREATE_MACRO, clause) for statement in fact_statements),
        *_read_macros(SCALAR_MACRO_FOLDERS, temporary),
    )


@cache
def table_macros(temporary: bool = False) -> tuple[str, ...]:
    """Return the statements that create the table macros over typed tables. Execute `stubs` first.

    DuckDB binds the macros that a macro uses when it is created. Users are therefore created first, while these are still stubs.
    """
    return tuple(
        statement
        for statement in reversed(_read_macros(TABLE_MACRO_FOLDERS, temporary))
        if _RETURNS_PATTERN.search(statement)
    )


@cache
def stubs(temporary: bool = False) -> tuple[str, ...]:
    """Return statements that create the table macros without rows, which bind fast in the statements that use them."""
    return tuple(
        _build_stub(statement) if _RETURNS_PATTERN.search(statement) else statement
        for statement in _read_macros(TABLE_MACRO_FOLDERS, temporary)
    )


@cache
def macro_texts() -> dict[str, str]:
    """Map the name of each macro to the statement that creates it."""
    matches = ((_MACRO_NAME_PATTERN.search(statement), statement) for statement in (*scalar_macros(), *table_macros()))
    return {match[1]: statement for match, statement in matches if match}


def find_macros(sql: str) -> set[str]:
    """Return the names of the macros that SQL calls, with those that these macros call."""
    used_macros: set[str] = set()
    unvisited_macros = _macros_called_in(sql)
    while unvisited_macros:
        name = unvisited_macros.pop()
        used_macros.add(name)
        unvisited_macros |= _macros_called_by(name) - used_macros
    return used_macros


@cache
def _macros_called_by(name: str) -> frozenset[str]:
    return frozenset(_macros_called_in(macro_texts()[name]) - {name})


def _macros_called_in(sql: str) -> set[str]:
    return set(_MACRO_CALL_PATTERN.findall(_COMMENT_PATTERN.sub("", sql))) & macro_texts().keys()


def scalar_macros_over_tables() -> dict[str, str]:
    """Map the name of each scalar macro that reads tables to the statement that creates it."""
    matches = (
        (_MACRO_NAME_PATTERN.search(statement), statement) for statement in _read_macros(TABLE_MACRO_FOLDERS, False)
    )
    return {match[1]: statement for match, statement in matches if match and not _RETURNS_PATTERN.search(statement)}


def _build_stub(statement: str) -> str:
    """Return a table macro without rows, with the columns that its `-- returns:` line declares."""
    declared_columns = _RETURNS_PATTERN.search(statement)
    signature = _TABLE_MACRO_HEADER_PATTERN.search(statement)
    if not declared_columns or not signature:
        raise ValueError(statement)
    nulls = ", ".join(
        f'cast(null as {column_type}) as "{name}"' for name, column_type in _COLUMN_PATTERN.findall(declared_columns[1])
    )
    return f"{signature[0]} select {nulls} where false"


def _read_macros(folders: Sequence[str], temporary: bool) -> tuple[str, ...]:
    """Return the statements of all files, each after the statements of the macros that it uses, as DuckDB requires."""
    entries = [entry for folder in folders for entry in TABLES_FOLDER.joinpath(folder).iterdir()]
    text = "\n".join(map(_read_entry, sorted(entries, key=lambda entry: entry.name)))
    # A semicolon at the end of a line ends a statement or a line of a comment. A part without a macro is from a comment.
    statements = (part.strip() for part in text.split(";\n") if _CREATE_MACRO in part)
    return tuple(statement.replace(_CREATE_MACRO, _create_clause(temporary)) for statement in _sort_by_use(statements))


def _read_entry(entry: Path) -> str:
    """Return the text of a SQL file, or of the blocks of a macro: a folder whose files are one statement; '' for other entries."""
    if entry.name.endswith(".sql"):
        return entry.read_text(encoding="utf-8")
    if entry.joinpath(SIGNATURE_FILE).is_file():
        return "\n".join(block.read_text(encoding="utf-8") for block in macro_blocks(entry))
    return ""


def macro_blocks(folder: Path) -> list[Path]:
    """Return the files of a macro in their order: the signature, the blocks with the CTEs, and the block with the result."""
    return sorted(block for block in folder.iterdir() if block.name.endswith(".sql"))


def _sort_by_use(statements: Iterable[str]) -> list[str]:
    """Return the statements with each macro after the macros that it uses."""
    by_name = {match[1]: statement for statement in statements if (match := _MACRO_NAME_PATTERN.search(statement))}
    # A set would give the macros another order in each process, and the template another SHA-256.
    used_macros = {
        name: [
            called_macro
            for called_macro in dict.fromkeys(_MACRO_CALL_PATTERN.findall(_COMMENT_PATTERN.sub("", statement)))
            if called_macro in by_name and called_macro != name
        ]
        for name, statement in by_name.items()
    }
    return [by_name[name] for name in TopologicalSorter(used_macros).static_order()]


def _create_clause(temporary: bool) -> str:
    return "create or replace temp macro" if temporary else _CREATE_MACRO
