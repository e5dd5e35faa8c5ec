"""Describe queries, tables and runs as rows and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

from iamsql import catalog
from iamsql.catalog.frontmatter import read_query
from iamsql.catalog.standards import STANDARD_TITLES, standard_numbers
from iamsql.catalog.usage import usage
from iamsql.model import Call, IamsqlError, Query, Result, Table, View
from iamsql.query.listing.examples import examples, queries_reading
from iamsql.query.listing.one_account import account as account
from iamsql.query.listing.one_run import run as run
from iamsql.runs.coverage.summary import table_states
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.source import Openable
from iamsql.tables.compiler.compiler import columns as all_columns
from iamsql.tables.names import parse_service, unknown_table
from iamsql.tables.registry import all_tables, find_calls


def queries(query_dirs: Sequence[str], kind: str | None = None, skipped: list[str] | None = None) -> Result:
    """Return the newest version of each query, of one kind if given; append a line to `skipped` for each skipped file."""
    loaded_catalog = catalog.read_catalog(catalog.folders(query_dirs))
    if skipped is not None:
        skipped += loaded_catalog.notes()
    rows = [
        (query.name, query.version, query.kind, query.severity or None, query.title)
        for versions in loaded_catalog.queries.values()
        for query in versions[-1:]
        if kind in (None, query.kind)
    ]
    types = ("VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "VARCHAR")
    return Result(("name", "version", "kind", "severity", "title"), rows, types)


def query(reference: str, query_dirs: Sequence[str]) -> str:
    """Return the description of a query: title, versions, parameters, text and SQL."""
    folders = catalog.folders(query_dirs)
    selected_query = catalog.load_query(folders, reference)
    paths = [path for path, _ in catalog.files(folders) if path.name.partition(".")[0] == selected_query.name]
    versions = [str(version) for version in sorted(read_query(path).version for path in paths)]
    return "\n".join([*_query_lines(selected_query, versions), "", selected_query.sql.strip()])


def _query_lines(query: Query, versions: Sequence[str]) -> Iterator[str]:
    yield f"{query.name}@{query.version}: {query.title}"
    yield f"kind: {query.kind}" + (f", severity: {query.severity}" if query.severity else "")
    yield f"versions: {', '.join(versions)}"
    if query.tags:
        yield f"tags: {', '.join(query.tags)}"
    if query.resource_types:
        yield f"resource types: {', '.join(query.resource_types)}"
    yield f"usage: {usage(query)}"
    if query.kind == "control" and query.shipped:
        standards = standard_numbers()
        for name in STANDARD_TITLES:
            if numbers := standards.get(name, {}).get(query.name):
                yield f"{name}: {numbers}"
    for param in query.params:
        default = "required" if param.required else f"= {'null' if param.default is None else param.default}"
        yield f"--arg {param.name}=… ({param.type}, {default})  {param.about}".rstrip()
    yield f"file: {query.path}"
    if query.about:
        yield from ("", query.about)
    if query.fixes:
        yield from (
            "",
            "commands for a finding, with its values in place of {…}:",
            *(f"  {fix}" for fix in query.fixes),
        )


def tables(run: Openable | None) -> Result:
    """Return the tables by service with their descriptions and, if a run is given, their row counts and states.

    The state is `read`, `partly: …`, `not collected`, or the reason why no account could be read, such as `denied in 12 of 12
    accounts`.
    """
    declared_tables = all_tables()
    available = _counts_and_states(run, declared_tables) if run else {}
    rows = [
        (parse_service(name), name, *available.get(name, (None, None)), table.about)
        for name, table in declared_tables.items()
    ]
    types = ("VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "VARCHAR")
    return Result(("service", "name", "rows", "state", "about"), sorted(rows), types)


def _counts_and_states(
    run: Openable, declared_tables: Mapping[str, Table | View]
) -> dict[str, tuple[int | None, str | None]]:
    """Return the row count and the state of each table of a run; a view has the state of the first table that it reads."""
    # Counted, because duckdb_tables() has estimates only, and views have none.
    with closing(open_run(run)) as reader:
        stored_tables_sql = "select table_name from system.information_schema.tables where table_schema = 'main'"
        names = [name for (name,) in reader.run(stored_tables_sql).rows if name in declared_tables]
        counts = {name: reader.run(f'select count(*) from main."{name}"').rows[0][0] for name in names}
        states = table_states(reader, list(declared_tables))
        absent_state = "not collected" if reader.metadata.run_id else None
    counts_and_states: dict[str, tuple[int | None, str | None]] = dict.fromkeys(declared_tables, (None, absent_state))
    for name, count in counts.items():
        sources = (source for source in (name, *declared_tables[name].tables) if source in states)
        counts_and_states[name] = count, next((str(states[source]) for source in sources), "") or None
    return counts_and_states


def table_head(name: str) -> str:
    """Return the description of a table, its calls, and the permissions that the calls need."""
    table = _declared_table(name)
    calls = find_calls(name)
    lines = [f"{name}: {table.about}", f"key: {', '.join(table.key)}"]
    lines += [f"reads: {', '.join(table.tables)}"] if table.tables else []
    if calls:
        lines_of_calls = [
            f"  {_describe_call(call)}" for call in {(c.service, c.operation, c.parent): c for c in calls}.values()
        ]
        lines += ["calls:", *lines_of_calls, f"permissions: {', '.join(sorted({call.permission for call in calls}))}"]
    if is_on_demand(name):
        lines.append(f"collected when it is named: iamsql sync --table {name}")
    return "\n".join(lines)


def table_footer(name: str) -> str:
    """Return three example statements for a table, and the shipped queries that read it."""
    reading_queries = queries_reading(name)
    reports = [
        f"  iamsql query {query.name:24} {query.title}" for query in reading_queries if query.kind != "detection"
    ]
    count = len(reading_queries) - len(reports)
    detections_line = (
        [f"  {count} detection{'s' if count > 1 else ''}: iamsql queries --kind detection"] if count else []
    )
    lines = ["examples:", *(f"  {statement}" for statement in examples(_declared_table(name)))]
    return "\n".join([*lines, *(["queries that read it:", *reports, *detections_line] if reading_queries else [])])


def is_on_demand(name: str) -> bool:
    """Return whether a default sync does not collect a table: all of its calls, without fallbacks, are on demand."""
    return bool(own_calls := [call for call in find_calls(name) if not call.fallback_for]) and all(
        call.on_demand for call in own_calls
    )


def _describe_call(call: Call) -> str:
    for_each = f", for each item of {call.parent.operation}" if call.parent else ""
    fallback = f", when {call.fallback_for.operation} could not be read" if call.fallback_for else ""
    return f"{call.service}:{call.operation}{for_each}{fallback}" + (
        ", when the table is named" if call.on_demand else ""
    )


def columns(name: str) -> Result:
    """Return a table's columns with their types and descriptions."""
    rows = [(column.name, column.type, column.about) for column in all_columns(_declared_table(name))]
    return Result(("column", "type", "about"), rows, ("VARCHAR",) * 3)


def _declared_table(name: str) -> Table | View:
    declared_tables = all_tables()
    if name not in declared_tables:
        raise IamsqlError(unknown_table(name, declared_tables))
    return declared_tables[name]
