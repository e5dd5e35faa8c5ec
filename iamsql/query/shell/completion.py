"""Complete SQL and commands from the text around the cursor. The functions need no terminal, so tests can call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from iamsql.query.shell.splitter import is_closed, is_command, is_commented, statement_at_cursor
from iamsql.sqltext import identifier

KEYWORDS = (
    "all and anti any as asc between by case cast count cross desc describe distinct else end except exists explain "
    "extract false filter from full group having ilike in inner intersect interval is join lateral left like limit not "
    "null nulls offset on or order outer over partition pivot qualify right select semi similar summarize then true try_cast "
    "union unnest unpivot using values when where window with"
).split()
TABLE_KEYWORDS = ("from", "join", "describe", "summarize", "desc")
_WORD_PATTERN = re.compile(r"(?:(?P<head>\w+)\.)?(?P<word>\w*)$")
_TABLE_NAME_PATTERN = re.compile(
    r"(?P<table>\b[a-z_]\w*(?:\.\w+)?)(?:\s+as\b)?(?:\s+(?P<alias>[a-z_]\w*))?", re.IGNORECASE
)
PLAIN_NAME_PATTERN = re.compile(r"[a-z_][a-z0-9_]*")  # names that need no quotes, apart from keywords


class Suggestion(NamedTuple):
    """A completion: its text, the number of characters before the cursor that it replaces, and a description."""

    text: str
    replaces: int
    about: str = ""


@dataclass(frozen=True)
class Names:
    """The names to complete: tables with columns and types, macros and queries with their parameters, and commands.

    `commands` maps each command to the words that may follow it; the words `tables` and `queries` mean all names of these.
    """

    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    macros: Mapping[str, Sequence[str]] = field(default_factory=dict)
    queries: Mapping[str, Sequence[str]] = field(default_factory=dict)
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)


def suggest(before: str, after: str, names: Names) -> list[Suggestion]:
    """Return the completions at the cursor, most likely first; none inside a string or a comment."""
    if is_command(before) and not re.match(r"\s*\.explain\s+\S+\s", before):  # .explain takes SQL
        return _complete_command(before.lstrip(), names)
    if not is_closed(before) or is_commented(before):
        return []
    match = _WORD_PATTERN.search(before)
    qualifier, word = (match["head"], match["word"]) if match else (None, "")
    if qualifier:
        return _matching_choices(word, _complete_members(qualifier, statement_at_cursor(before, after), names))
    text_before_word = before[: len(before) - len(word)]
    if _expects_table(text_before_word):
        return _matching_choices(word, _relations_and_macros(names))
    return _matching_choices(word, _complete_anything(word, statement_at_cursor(before, after), names))


def _complete_command(line: str, names: Names) -> list[Suggestion]:
    """Complete a command or its argument."""
    name, space, argument = line.partition(" ")
    if not space:
        return _matching_choices(name, ((command, "") for command in names.commands))
    word = argument.rsplit(" ", 1)[-1]
    typed_words = argument.split()
    if name == ".run" and typed_words and (len(typed_words) > 1 or argument.endswith(" ")):
        return _matching_choices(
            word, ((f"{param}=", "") for param in names.queries.get(typed_words[0].partition("@")[0], ()))
        )
    names_by_type = {"tables": names.tables, "queries": names.queries}
    words = [
        name_or_word
        for follows in names.commands.get(name, ())
        for name_or_word in names_by_type.get(follows, [follows])
    ]
    return _matching_choices(word, ((choice, "") for choice in words)) if word == argument else []


def _expects_table(text_before_word: str) -> bool:
    """Return whether a table name comes next: after FROM, JOIN, DESCRIBE and so on, or after a comma in a FROM clause."""
    words = re.findall(r"\w+|[,()]", statement_at_cursor(text_before_word).lower())
    # A comma also separates columns and arguments: only the clause before the comma shows which.
    if words and words[-1] == ",":
        clauses = [word for word in words if word in ("from", "select", "where", "by", "on", "(", ")")]
        return bool(clauses) and clauses[-1] == "from"
    return bool(words) and words[-1] in TABLE_KEYWORDS


def _relations_and_macros(names: Names) -> Iterator[tuple[str, str]]:
    for table in names.tables:
        if "." not in table:
            yield _quote_if_needed(table), "table"
    for macro, params in names.macros.items():
        yield f"{_quote_if_needed(macro)}({'' if params else ')'}", ", ".join(params) or "query"
    yield from ((f"{_quote_if_needed(table.partition('.')[0])}.", "schema") for table in names.tables if "." in table)


def _complete_members(qualifier: str, statement: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the columns of a table or alias, or the tables of a schema."""
    tables_by_alias = {alias.lower(): table for alias, table in _named_tables(statement, names)}
    if table := tables_by_alias.get(qualifier.lower()):
        yield from ((_quote_if_needed(column), column_type) for column, column_type in names.tables[table].items())
    for qualified in names.tables:
        schema, dot, table = qualified.partition(".")
        if dot and schema == qualifier.lower():
            yield _quote_if_needed(table), "table"


def _named_tables(statement: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the tables that a statement names, each with its own name and its alias."""
    offset = 0
    while match := _TABLE_NAME_PATTERN.search(statement, offset):
        offset = match.end("table")
        table = match["table"].lower()
        table = table if table in names.tables else table.removeprefix("main.")
        if table in names.tables:
            yield table.rpartition(".")[2], table
            if match["alias"] and match["alias"].lower() not in KEYWORDS:
                yield match["alias"], table


def _complete_anything(word: str, statement: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the columns and aliases of the tables in the statement, keywords in the case of the typed text, then tables."""
    tables_by_alias = dict(_named_tables(statement, names))
    for table in dict.fromkeys(tables_by_alias.values()):
        yield from ((_quote_if_needed(column), column_type) for column, column_type in names.tables[table].items())
    yield from ((alias, table) for alias, table in tables_by_alias.items() if alias != table)
    yield from ((keyword.upper() if word.isupper() else keyword, "keyword") for keyword in KEYWORDS)
    yield from _relations_and_macros(names)


def _matching_choices(word: str, choices: Iterable[tuple[str, str]]) -> list[Suggestion]:
    """Return the choices that start with the typed text, each once."""
    about_by_text: dict[str, str] = {}
    for text, about in choices:
        if text != word and text.strip('"').lower().startswith(word.lower()):
            about_by_text.setdefault(text, about)
    return [Suggestion(text, len(word), about) for text, about in about_by_text.items()]


def _quote_if_needed(name: str) -> str:
    return name if PLAIN_NAME_PATTERN.fullmatch(name) else identifier(name)
