"""Which tables and macros a question may mean, and TEMP ones for the files of earlier versions, which lack them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from iamsql import catalog
from iamsql.model import Table, View
from iamsql.runs.versions import is_newer
from iamsql.sqltext import literal
from iamsql.store.gaps import KNOWN
from iamsql.store.layout import AS_OF, RUNNING
from iamsql.store.read import Facts


def shadows(sql: str) -> Callable[[Facts], list[str]]:
    """Give TEMP views over the raw items of a file that other declarations made, for the tables that the SQL may mean."""

    def statements(facts: Facts) -> list[str]:
        from iamsql.schema import compiler, registry

        cut_off = facts.status == RUNNING  # its typed tables are still empty
        ours = facts.schema_fingerprint == compiler.fingerprint()
        if is_newer(facts) or (ours and not cut_off):
            return []
        tables = registry.all_tables()
        meant = meant_tables(sql)
        often = read_often(sql, meant)
        views = [
            f'create or replace temp {"table" if name in often else "view"} "{name}" as {compiler.select(one)}'
            for name in tables
            if name in meant
            for one in _forms(tables[name], cut_off)
        ]
        made = [
            AS_OF.format("temp"),
            _known_calls(meant),
            *compiler.macros(temporary=True),
            *views,
            *compiler.stubs(temporary=True),
            *compiler.questions(temporary=True),
        ]
        return made if meant or compiler.texts().keys() & _words(sql) else []

    return statements


def _known_calls(meant: set[str]) -> str:
    """Give the statement that tells which calls the tables stand on of which the file itself knows nothing."""
    from iamsql.schema.registry import table_calls

    today = [
        f"({', '.join('null' if value is None else literal(value) for value in row)})"
        for row in table_calls()
        if row[0] in meant
    ]
    more = f"from (values {', '.join(today)}) where col0 not in (select table_name from iamsql.table_calls)"
    return f"create or replace temp table {KNOWN} as from iamsql.table_calls{f' union all {more}' if today else ''}"


def meant_tables(sql: str) -> set[str]:
    """Name the typed tables that the SQL may mean, by itself or through macros, and those that they are made of."""
    from iamsql.schema import registry

    tables = registry.all_tables()
    meant = {name for name in _words(sql) if name in tables}
    while more := {other for name in meant for other in tables[name].tables} - meant:
        meant |= more
    return meant


def read_often(sql: str, meant: set[str]) -> set[str]:
    """Name those of the tables that others of them, or questions about permissions, are made of: they are worked out once."""
    from iamsql.schema import compiler, registry

    tables = registry.all_tables()
    often = {other for name in meant for other in tables[name].tables}
    for name in compiler.texts().keys() & _words(sql):
        often |= _text_words(compiler.texts()[name])
    return {name for name in often & meant if tables[name].stored}


def _forms(relation: Table | View, cut_off: bool) -> Iterator[Table | View]:
    """Give the form of a table that earlier run files can answer, then the present one, which takes its place where it can.

    A run that was cut off has not put together its events: they are read as those of earlier files are.
    """
    from iamsql.schema.views._events import STORE

    if isinstance(relation, View):
        yield from (replace(relation, sql=sql) for sql in relation.earlier)
    if not (cut_off and isinstance(relation, View) and f"from {STORE}" in relation.sql):
        yield relation


def _words(sql: str) -> set[str]:
    """List the words of the SQL, and those of the macros of run files that it names, which may name others."""
    from iamsql.schema import compiler

    shipped = (one for versions in catalog.load([catalog.shipped_folder()]).values() for one in versions)
    macros = {query.macro: query.sql for query in shipped} | compiler.texts()
    words: set[str] = set()
    more = _text_words(sql)
    while more - words:
        words |= more
        more = {word for name in more & macros.keys() for word in _text_words(macros[name])}
    return words


def _text_words(sql: str) -> set[str]:
    return set(re.findall(r"\w+", sql.lower()))
