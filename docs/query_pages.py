"""A page for each shipped query: its description, commands, columns and sample rows, with a link to its SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import answers
from fragments import code, table

from iamsql import catalog
from iamsql.catalog.standards import STANDARD_TITLES, standard_numbers
from iamsql.catalog.usage import command_line, usage
from iamsql.check.testing.cases import SAMPLE_VALUES
from iamsql.model import Param, Query
from iamsql.query.listing.examples import tables_read
from iamsql.tables.registry import all_tables

EXAMPLES = SAMPLE_VALUES  # the recorded answers of the tests were made with the same arguments
VALUE = re.compile(r"`[^`]+`: ")
STANDARD = "the [columns of every {kind}](../queries.md#columns-of-every-{kind})"


@cache
def versions() -> Mapping[str, Sequence[Query]]:
    """Return the versions of each shipped query by name, the newest last."""
    return catalog.load([catalog.shipped_folder()])


@cache
def numbers() -> Mapping[str, Mapping[str, str]]:
    """Return the numbers of each control by standard."""
    return standard_numbers()


def pages() -> dict[str, str]:
    """Map the path of each query's page under docs/ to its text."""
    newest = [found[-1] for found in versions().values()]
    signatures = dict(answers.signatures(newest))
    return {
        f"queries/{query.name}.md": "\n".join(_page(query, answers.columns(query, signatures[query.name])))
        for query in newest
    }


def _page(query: Query, columns: list[answers.Column]) -> Iterator[str]:
    yield from (f"# {query.name}: {query.title}", "", _facts(query))
    if query.about:
        yield from ("", *_reflowed(query.about))
    tables = ", ".join(map(_link, tables_read(query.macro)))
    in_sql = f"In SQL, in any DuckDB client: `{_call(query)}`." + (f" It reads {tables}." if tables else "")
    if query.kind == "report":
        usages = f"Usage: `{usage(query)}`. " if query.positional else ""
        yield from ("", "```sh", *_commands(query), "```", "", usages + in_sql)
    else:
        yield from ("", f"Run it with {' or '.join(map(code, _commands(query)))}. {in_sql}")
    if query.params:
        yield from ("", _parameters(query.params))
    if query.fixes:
        yield from ("", "Remediation, with the values of a row in place of `{…}`:", "", "```sh", *query.fixes, "```")
    yield from ("", *_columns(query, columns))
    if found := answers.answer(query):
        yield from ("", *_answer(found))


def _parameters(params: Sequence[Param]) -> str:
    """Return one parameter as a sentence, several as a table."""
    rows = [
        (param.name, param.type, "required" if param.required else spelled(param.default).strip("'"), param.about)
        for param in params
    ]
    if len(rows) > 1:
        return table(("parameter", "type", "default", "meaning"), rows)
    [(name, kind, default, about)] = rows
    value = default if default == "required" else f"default `{default}`"
    return f"Parameter `{name}` ({kind}, {value}): {about}."


def _facts(query: Query) -> str:
    facts = [query.kind, f"severity {query.severity}" if query.severity else "", f"version {query.version}"]
    text = f"{', '.join(filter(None, facts)).capitalize()}. SQL: {_source(query)}."
    text += "".join(f" Version {older.version}: {_source(older)}." for older in versions()[query.name][:-1])
    text += f" Tags: {code(*query.tags)}." if query.tags else ""
    text += _standards(query)
    return text + (f" Resource types: {code(*query.resource_types)}." if query.resource_types else "")


def _standards(query: Query) -> str:
    """Return the numbers of a control in standards, such as `AC-2(1)`."""
    known = numbers()
    listed = [(title, known[name][query.name]) for name, title in STANDARD_TITLES.items() if query.name in known[name]]
    if query.kind != "control" or not listed:
        return ""
    words = "; ".join(f"{title} {code(*found.split(', '))}" for title, found in listed)
    return f" [Standards](../guide/compliance.md#standards): {words}."


def _source(query: Query) -> str:
    path = Path(query.path).relative_to(catalog.shipped_folder()).as_posix()
    return f"[{path.rpartition('/')[2]}](../../queries/{path})"


def _reflowed(text: str) -> Iterator[str]:
    """Put each paragraph on one line, and each value that a paragraph explains (`value`: …) into a list."""
    for place, paragraph in enumerate(text.strip().split("\n\n")):
        yield from ([""] if place else [])
        entries = [" ".join(entry.split()) for entry in re.split(r"\n(?=`[^`]+`: )", paragraph)]
        values = sum(VALUE.match(entry) is not None for entry in entries)
        if values > 1:
            yield from (f"- {entry}" if VALUE.match(entry) else entry for entry in entries)
        else:
            yield " ".join(entries)


def _commands(query: Query) -> Iterator[str]:
    """Yield the commands that run a query: without optional arguments, and with one."""
    required = command_line(
        query, {param.name: EXAMPLES.get(param.name, "…") for param in query.params if param.required}
    )
    yield required
    optional = [param for param in query.params if not param.required and param.default not in (None, "", [])]
    if optional:
        yield f"{required} --arg {optional[0].name}={spelled(optional[0].default)}"


def _call(query: Query) -> str:
    return f"from {query.macro}({', '.join(f'{param.name} := …' for param in query.params if param.required)})"


def spelled(value: object) -> str:
    """Return the default of a parameter as a user types it after `--arg NAME=`."""
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    text = text.lower() if isinstance(value, bool) else text
    return text if text.replace("-", "").replace("_", "").isalnum() else f"'{text}'"


def _link(name: str) -> str:
    return f"[{name}](../tables/{name}.md)" if name in all_tables() else f"`{name}`"


def _columns(query: Query, columns: list[answers.Column]) -> Iterator[str]:
    """Yield the columns of a report as a table, or the columns of a control or detection besides the standard columns."""
    standard = answers.STANDARD[query.kind]
    own = [column for column in columns if column.name not in standard]
    if not standard:
        yield table(answers.Column._fields, list(own))
    else:
        more = " ".join(f"`{column.name}`: {column.meaning or column.type}" for column in own)
        yield f"Columns: {STANDARD.format(kind=query.kind)}" + (f", and {more}" if more else ".")


def _answer(found: answers.Answer) -> Iterator[str]:
    if not found.rows:
        yield "The answer over the sample organization has no rows."
        return
    count = f"{len(found.rows)} of {found.total} rows" if found.total > len(found.rows) else "All rows"
    yield from (f"{count} over the sample organization:", "", table(found.columns, found.rows))
