"""What there is, as rows and text: the queries, the tables, and a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from iamsql import catalog
from iamsql.catalog.frontmatter import read_query
from iamsql.describe.one_run import run as run
from iamsql.model import Call, IamsqlError, Query, Result, Table, View
from iamsql.runs import resolve


def queries(query_dirs: Sequence[str], kind: str | None = None, left_out: list[str] | None = None) -> Result:
    """List the newest version of each query, of one kind where it is named; a line is added to `left_out` for each other file."""
    held = catalog.survey(catalog.folders(query_dirs))
    if left_out is not None:
        left_out += held.notes()
    rows = [
        (query.name, query.version, query.kind, query.severity or None, query.title)
        for versions in held.queries.values()
        for query in versions[-1:]
        if kind in (None, query.kind)
    ]
    kinds = ("VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "VARCHAR")
    return Result(("name", "version", "kind", "severity", "title"), rows, kinds)


def query(reference: str, query_dirs: Sequence[str]) -> str:
    """Tell a query whole: title, versions, parameters, text and SQL."""
    folders = catalog.folders(query_dirs)
    one = catalog.load_one(folders, reference)
    paths = [path for path, _ in catalog.files(folders) if path.name.partition(".")[0] == one.name]
    versions = [str(version) for version in sorted(read_query(path).version for path in paths)]
    return "\n".join([*_query_lines(one, versions), "", one.sql.strip()])


def _query_lines(query: Query, versions: Sequence[str]) -> Iterator[str]:
    yield f"{query.name}@{query.version}: {query.title}"
    yield f"kind: {query.kind}" + (f", severity: {query.severity}" if query.severity else "")
    yield f"versions: {', '.join(versions)}"
    if query.tags:
        yield f"tags: {', '.join(query.tags)}"
    for param in query.params:
        given = "required" if param.required else f"= {'null' if param.default is None else param.default}"
        yield f"--arg {param.name}=… ({param.type}, {given})  {param.about}".rstrip()
    yield f"file: {query.path}"
    if query.about:
        yield from ("", query.about)


def tables(runs_dir: Path, run: str, needed: bool) -> Result:
    """List the tables by service with their sentences, and where there is a run, their rows in it and how far it has them.

    The state is `read`, `partly: …`, `not collected` or what kept all accounts out, such as `denied in 12 of 12 accounts`.
    """
    from iamsql.schema.names import service_of
    from iamsql.schema.registry import all_tables

    known = all_tables()
    held = _held(runs_dir, run, needed, known)
    rows = [(service_of(name), name, *held.get(name, (None, None)), table.about) for name, table in known.items()]
    kinds = ("VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "VARCHAR")
    return Result(("service", "name", "rows", "state", "about"), sorted(rows), kinds)


def _held(
    runs_dir: Path, run: str, needed: bool, known: Mapping[str, Table | View]
) -> dict[str, tuple[int | None, str | None]]:
    """Count the rows of the run's tables and views, and judge them by the calls that they, or what they show, stand on."""
    from iamsql.store.read import open_run

    try:
        path = resolve(runs_dir, run)
    except IamsqlError:
        if needed:
            raise
        return {}
    with closing(open_run(path)) as reader:
        stored = "select table_name from system.information_schema.tables where table_schema = 'main'"
        names = [name for (name,) in reader.run(stored).rows if name in known]
        counts = {name: reader.run(f'select count(*) from main."{name}"').rows[0][0] for name in names}
        states = reader.states(list(known))
        told = {
            name: next((str(states[one]) for one in (name, *known[name].tables) if one in states), "") for name in known
        }
        absent = None if not reader.facts.run_id else "not collected"
    return {name: (counts.get(name), (told[name] or None) if name in counts else absent) for name in known}


def table_head(name: str) -> str:
    """Tell what a table is, which calls it stands on, and which permissions they need."""
    from iamsql.schema.registry import calls_of

    table = _table(name)
    calls = calls_of(name)
    lines = [f"{name}: {table.about}", f"key: {', '.join(table.key)}"]
    lines += [f"reads: {', '.join(table.tables)}"] if table.tables else []
    if calls:
        told = [f"  {_call(call)}" for call in {(c.service, c.operation, c.each): c for c in calls}.values()]
        lines += ["calls:", *told, f"permissions: {', '.join(sorted({call.permission for call in calls}))}"]
    if on_demand(name):
        lines.append(f"collected when it is named: iamsql sync --table {name}")
    return "\n".join(lines)


def table_foot(name: str) -> str:
    """Show what to ask of a table: three statements, and the shipped queries that read it."""
    from iamsql.describe.examples import examples, readers

    found = readers(name)
    asked = [f"  iamsql query {one.name:24} {one.title}" for one in found if one.kind != "detection"]
    finds = len(found) - len(asked)
    more = [f"  {finds} detection{'s' if finds > 1 else ''}: iamsql queries --kind detection"] if finds else []
    lines = ["examples:", *(f"  {statement}" for statement in examples(_table(name)))]
    return "\n".join([*lines, *(["queries that read it:", *asked, *more] if found else [])])


def on_demand(name: str) -> bool:
    """Tell whether a table is filled only when it is named: none of the calls that it begins with is made otherwise."""
    from iamsql.schema.registry import calls_of

    return bool(first := [call for call in calls_of(name) if not call.instead_of]) and all(
        one.on_demand for one in first
    )


def _call(call: Call) -> str:
    each = f", for each item of {call.each.operation}" if call.each else ""
    instead = f", when {call.instead_of.operation} could not be read" if call.instead_of else ""
    return f"{call.service}:{call.operation}{each}{instead}" + (", when the table is named" if call.on_demand else "")


def columns(name: str) -> Result:
    """List a table's columns with their types and sentences."""
    from iamsql.schema.compiler import columns as all_columns

    rows = [(column.name, column.type, column.about) for column in all_columns(_table(name))]
    return Result(("column", "type", "about"), rows, ("VARCHAR",) * 3)


def _table(name: str) -> Table | View:
    from iamsql.schema.names import unknown
    from iamsql.schema.registry import all_tables

    known = all_tables()
    if name not in known:
        raise IamsqlError(unknown(name, known))
    return known[name]
