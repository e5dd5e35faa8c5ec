"""Complete SQL and commands from the text around the cursor. The functions need no terminal, so tests can call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from iamsql.query.shell.splitter import current, is_closed, is_command, is_commented
from iamsql.sqltext import identifier

KEYWORDS = (
    "all and anti any as asc between by case cast count cross desc describe distinct else end except exists explain "
    "extract false filter from full group having ilike in inner intersect interval is join lateral left like limit not "
    "null nulls offset on or order outer over partition pivot qualify right select semi similar summarize then true try_cast "
    "union unnest unpivot using values when where window with"
).split()
TABLE_FOLLOWS = ("from", "join", "describe", "summarize", "desc")
_WORD = re.compile(r"(?:(?P<head>\w+)\.)?(?P<word>\w*)$")
_NAMED = re.compile(r"(?P<table>\b[a-z_]\w*(?:\.\w+)?)(?:\s+as\b)?(?:\s+(?P<alias>[a-z_]\w*))?", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


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


def suggest(before: str, after: str, known: Names) -> list[Suggestion]:
    """Return the completions at the cursor, most likely first; none inside a string or a comment."""
    if is_command(before) and not re.match(r"\s*\.explain\s+\S+\s", before):  # .explain takes SQL
        return _of_command(before.lstrip(), known)
    if not is_closed(before) or is_commented(before):
        return []
    found = _WORD.search(before)
    head, word = (found["head"], found["word"]) if found else (None, "")
    if head:
        return _matching(word, _members(head, current(before, after), known))
    lead = before[: len(before) - len(word)]
    if _expects_table(lead):
        return _matching(word, _relations(known))
    return _matching(word, _anything(word, current(before, after), known))


def _of_command(line: str, known: Names) -> list[Suggestion]:
    """Complete a command or its argument."""
    name, mark, rest = line.partition(" ")
    if not mark:
        return _matching(name, ((command, "") for command in known.commands))
    word = rest.rsplit(" ", 1)[-1]
    given = rest.split()
    if name == ".run" and given and (len(given) > 1 or rest.endswith(" ")):
        return _matching(word, ((f"{param}=", "") for param in known.queries.get(given[0].partition("@")[0], ())))
    names = {"tables": known.tables, "queries": known.queries}
    words = [name_or_word for follows in known.commands.get(name, ()) for name_or_word in names.get(follows, [follows])]
    return _matching(word, ((choice, "") for choice in words)) if word == rest else []


def _expects_table(lead: str) -> bool:
    """Return whether a table name comes next: after FROM, JOIN, DESCRIBE and so on, or after a comma in a FROM clause."""
    words = re.findall(r"\w+|[,()]", current(lead).lower())
    # A comma also separates columns and arguments: only the clause before the comma tells which.
    if words and words[-1] == ",":
        clauses = [word for word in words if word in ("from", "select", "where", "by", "on", "(", ")")]
        return bool(clauses) and clauses[-1] == "from"
    return bool(words) and words[-1] in TABLE_FOLLOWS


def _relations(known: Names) -> Iterator[tuple[str, str]]:
    for table in known.tables:
        if "." not in table:
            yield _quoted(table), "table"
    for macro, params in known.macros.items():
        yield f"{_quoted(macro)}({'' if params else ')'}", ", ".join(params) or "query"
    yield from ((f"{_quoted(table.partition('.')[0])}.", "schema") for table in known.tables if "." in table)


def _members(head: str, statement: str, known: Names) -> Iterator[tuple[str, str]]:
    """Yield the columns of a table or alias, or the tables of a schema."""
    named = {alias.lower(): table for alias, table in _named(statement, known)}
    if table := named.get(head.lower()):
        yield from ((_quoted(column), kind) for column, kind in known.tables[table].items())
    for qualified in known.tables:
        schema, mark, table = qualified.partition(".")
        if mark and schema == head.lower():
            yield _quoted(table), "table"


def _named(statement: str, known: Names) -> Iterator[tuple[str, str]]:
    """Yield the tables that a statement names, each with its own name and its alias."""
    offset = 0
    while found := _NAMED.search(statement, offset):
        offset = found.end("table")
        table = found["table"].lower()
        table = table if table in known.tables else table.removeprefix("main.")
        if table in known.tables:
            yield table.rpartition(".")[2], table
            if found["alias"] and found["alias"].lower() not in KEYWORDS:
                yield found["alias"], table


def _anything(word: str, statement: str, known: Names) -> Iterator[tuple[str, str]]:
    """Yield the columns and aliases of the tables in the statement, keywords in the case of the typed text, then tables."""
    named = dict(_named(statement, known))
    for table in dict.fromkeys(named.values()):
        yield from ((_quoted(column), kind) for column, kind in known.tables[table].items())
    yield from ((alias, table) for alias, table in named.items() if alias != table)
    yield from ((keyword.upper() if word.isupper() else keyword, "keyword") for keyword in KEYWORDS)
    yield from _relations(known)


def _matching(word: str, choices: Iterable[tuple[str, str]]) -> list[Suggestion]:
    """Return the choices that start with the typed text, each once."""
    unique: dict[str, str] = {}
    for text, about in choices:
        if text != word and text.strip('"').lower().startswith(word.lower()):
            unique.setdefault(text, about)
    return [Suggestion(text, len(word), about) for text, about in unique.items()]


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else identifier(name)
