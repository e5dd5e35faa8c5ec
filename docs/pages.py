"""A page for every table and every shipped query, made from what they declare; `--check` tells which pages are wrong."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from iamsql import catalog, render
from iamsql.check import technique
from iamsql.describe import columns, on_demand
from iamsql.describe.examples import examples, readers, reads
from iamsql.model import Call, Query, Result, Table, View
from iamsql.schema.names import service_of
from iamsql.schema.registry import all_tables, calls_of

HERE = Path(__file__).parent
THEMES = {"cloudtrail": "Events", "coverage": "Coverage", "root": "Root users"}


def pages() -> dict[str, str]:
    """Map each page's path under docs/ to its text."""
    shelf = catalog.load([catalog.shipped_folder()])
    made = {f"tables/{name}.md": "\n".join(_table(table)) for name, table in all_tables().items()}
    made |= {f"queries/{name}.md": "\n".join(_query(versions)) for name, versions in shelf.items()}
    made["tables.md"] = "\n".join(_tables())
    made["queries.md"] = "\n".join(_queries([versions[-1] for versions in shelf.values()]))
    return {path: text.rstrip("\n") + "\n" for path, text in sorted(made.items())}


def wrong(folder: Path = HERE) -> list[str]:
    """List the pages that are missing, not as they should be, or of a table or query that is no more."""
    wanted = pages()
    there = {
        str(path.relative_to(folder).as_posix()): path.read_text(encoding="utf-8")
        for path in (*folder.glob("*.md"), *folder.glob("tables/*"), *folder.glob("queries/*"))
        if path.parent != folder or path.name in wanted
    }
    return sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))


def write(folder: Path = HERE) -> list[str]:
    """Write the pages that are missing or wrong, remove those of what is no more, and list them."""
    wanted, changed = pages(), wrong(folder)
    for path in changed:
        if path in wanted:
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(wanted[path], encoding="utf-8")
        else:
            (folder / path).unlink()
    return changed


# -- tables ----------------------------------------------------------------------------------------------------------------


def _table(table: Table | View) -> Iterator[str]:
    name = table.name
    yield from (f"# {name}", "", table.about, "", f"A row is told by {_code(*table.key)}.")
    if on_demand(name):
        yield from ("", f"It is collected when it is named: `iamsql sync --table {name}`")
    yield from ("", "## Columns", "", _markdown(columns(name)), "## Where it comes from", "")
    yield from _sources(table)
    yield from ("", "## To begin with", "", "```sql", *(f"{one};" for one in examples(table)), "```")
    if found := readers(name):
        yield from ("", "## Queries that read it", "")
        yield from (f"- [{query.name}](../queries/{query.name}.md): {query.title}" for query in found)


def _sources(table: Table | View) -> Iterator[str]:
    calls = calls_of(table.name)
    if table.tables:
        yield f"It is made from {', '.join(f'[{other}]({other}.md)' for other in table.tables)}."
    if calls:
        yield from ([""] if table.tables else [])
        yield from ("| call | permission | made |", "| --- | --- | --- |")
        yield from dict.fromkeys(
            f"| {call.service}:{call.operation} | `{call.permission}` | {_when(call)} |" for call in calls
        )


def _when(call: Call) -> str:
    parts = [
        f"for each item of {call.each.operation}" if call.each else "",
        "in each region that is read" if call.regional else "",
        "once, for the organization" if call.org else "",
        f"when {call.instead_of.operation} could not be read" if call.instead_of else "",
        "when the table is named" if call.on_demand else "",
    ]
    return ", ".join(filter(None, parts)) or "once an account"


def _tables() -> Iterator[str]:
    yield from ("# Tables", "", "`iamsql tables` lists them with their rows in a run; `iamsql tables NAME` shows one.")
    for service, names in groupby(sorted(all_tables(), key=lambda one: (service_of(one), one)), service_of):
        yield from ("", f"## {service}", "", "| table | a row is | collected |", "| --- | --- | --- |")
        for name in names:
            when = "when it is named" if on_demand(name) else "always"
            yield f"| [{name}](tables/{name}.md) | {_cell(all_tables()[name].about)} | {when} |"


# -- queries ---------------------------------------------------------------------------------------------------------------


def _query(versions: list[Query]) -> Iterator[str]:
    query, older = versions[-1], versions[:-1]
    about = [query.kind, f"severity {query.severity}" if query.severity else "", f"version {query.version}"]
    yield from (f"# {query.name}", "", f"**{query.title}**", "", f"{', '.join(filter(None, about))}")
    if query.tags:
        yield from ("", f"Tags: {_code(*query.tags)}")
    if query.about:
        yield from ("", query.about)
    yield from ("", "## How to run it", "", "```sh", *_lines(query), "```", "", "In SQL, in any DuckDB client:")
    given = ", ".join(f"{param.name} := …" for param in query.params if param.required)
    yield from ("", "```sql", f"from {query.macro}({given})", "```")
    if query.params:
        yield from ("", "## Parameters", "", _markdown(_params(query)).rstrip("\n"))
    if tables := reads(query.macro):
        yield from ("", "## What it reads", "", ", ".join(map(_link, tables)))
    yield from ("", "## SQL", "", "```sql", query.sql.strip(), "```")
    for one in older:
        yield from ("", f"## Version {one.version}: `{one.name}@{one.version}`", "", f"{one.title}.")
        yield from ("", "```sql", one.sql.strip(), "```")


def _lines(query: Query) -> Iterator[str]:
    """Give the commands that run a query: plain, and with an argument where it takes one."""
    required = "".join(f" --arg {param.name}=…" for param in query.params if param.required)
    yield f"iamsql query {query.name}{required}"
    if given := [param for param in query.params if not param.required and param.default not in (None, "", [])]:
        yield f"iamsql query {query.name}{required} --arg {given[0].name}={_spelled(given[0].default)}"
    if query.kind == "detection":
        yield f"iamsql check {query.name}"


def _spelled(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    text = text.lower() if isinstance(value, bool) else text
    return text if text.replace("-", "").replace("_", "").isalnum() else f"'{text}'"


def _params(query: Query) -> Result:
    rows = [
        (one.name, one.type, "required" if one.required else _spelled(one.default).strip("'"), one.about)
        for one in query.params
    ]
    return Result(("parameter", "type", "default", "meaning"), rows, ("VARCHAR",) * 4)


def _link(table: str) -> str:
    return f"[{table}](../tables/{table}.md)" if table in all_tables() else f"`{table}`"


def _queries(newest: list[Query]) -> Iterator[str]:
    yield from (
        "# Queries",
        "",
        "`iamsql queries` lists them; `iamsql queries NAME` shows one; `iamsql query NAME` runs it.",
    )
    plain = sorted((one for one in newest if one.kind != "detection"), key=_theme)
    for theme, group in groupby(plain, _theme):
        yield from ("", f"## {THEMES.get(theme, theme.capitalize())}", "", "| query | answers | parameters |")
        yield "| --- | --- | --- |"
        for query in sorted(group, key=lambda one: one.name):
            params = ", ".join(f"`{param.name}` {param.type}" for param in query.params)
            yield f"| [{query.name}](queries/{query.name}.md) | {_cell(query.title)} | {params} |"
    finds = sorted((one for one in newest if one.kind == "detection"), key=_theme)
    yield from ("", "## Detections", "", "`iamsql check` runs them all. They stand under the tactics of MITRE ATT&CK.")
    for tactic, group in groupby(finds, _theme):
        yield from ("", f"### {tactic.replace('_', ' ').capitalize()}", "", "| detection | finds | severity | ATT&CK |")
        yield "| --- | --- | --- | --- |"
        for query in sorted(group, key=lambda one: one.name):
            found = (
                f"[{query.name}](queries/{query.name}.md)",
                _cell(query.title),
                query.severity or "",
                technique(query) or "",
            )
            yield f"| {' | '.join(found)} |"


def _theme(query: Query) -> str:
    return Path(query.path).parent.name


# -- text ------------------------------------------------------------------------------------------------------------------


def _markdown(result: Result) -> str:
    stream = io.StringIO()
    render.write(result, "markdown", stream)
    return stream.getvalue()


def _code(*words: str) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def main() -> int:
    """Write the pages, or with --check tell which are wrong; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="Write nothing; exit with 1 when a page is wrong.")
    check = parser.parse_args().check
    changed = wrong() if check else write()
    for path in changed:
        print(f"docs/{path} {'is stale or of nothing: make docs' if check else 'written'}", file=sys.stderr)
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
