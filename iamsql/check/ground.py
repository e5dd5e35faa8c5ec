"""What SQL stands on, as the declarations of tables know it: its tables, their sources, the calls made once for all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from iamsql.catalog import Settings
from iamsql.check.selection import LEVELS, Library, choose
from iamsql.model import IamsqlError
from iamsql.query.compat import meant_tables
from iamsql.store.read import Reader

ARGUMENTLESS = re.compile(r"replace macro (\w+)\(\) as table")


def stood_on(reader: Reader, sql: str) -> set[str]:
    """Name the tables that SQL stands on.

    A view that tells of no account, such as statements by their document, is left to the tables that have its key beside
    an account: statements of organization policies must not want for the IAM calls of an account, nor the reverse.
    """
    named, held, shared = reader.tables_of(sql), _columns(), _of_no_account()
    return {
        name
        for name in named
        if name not in shared or not any(shared[name] in held.get(other, ()) for other in named - {name})
    }


@cache
def _columns() -> dict[str, set[str]]:
    """Give the columns of each table."""
    from iamsql.schema.compiler import columns
    from iamsql.schema.registry import all_tables

    return {name: {column.name for column in columns(table)} for name, table in all_tables().items()}


@cache
def _of_no_account() -> dict[str, str]:
    """Give the first column of the key of each view that has no account."""
    from iamsql.schema.registry import all_tables

    held = all_tables()
    return {
        name: held[name].key[0] for name, has in _columns().items() if "account_id" not in has and held[name].tables
    }


def stored() -> list[str]:
    """List the tables that a run file holds, those that others are made of first."""
    from iamsql.schema.registry import all_tables

    return [name for name, table in all_tables().items() if table.stored]


def tables_read(library: Library, names: Sequence[str]) -> tuple[str, ...]:
    """Return the tables that benchmarks, controls, tags and queries read; raise IamsqlError for one that is broken."""
    library.require(names)
    for why in library.failures(names):
        raise IamsqlError(why)
    asked = [library.shelf[name][-1] for name in names if name in library.shelf]
    others = [name for name in names if name not in library.shelf]
    asked += [place.query for place in choose(library, others, severity=LEVELS[-1], args={}, settings=Settings()).every]
    return tuple(sorted(set().union(*(meant_tables(query.sql) for query in asked))))


def tables_for(library: Library, names: Sequence[str]) -> tuple[str, ...]:
    """List what benchmarks, controls, tags and queries stand on that a sync leaves out unless it is named."""
    from iamsql.schema.registry import all_calls, calls_of

    usual = {(call.service, call.operation) for call in all_calls() if not call.on_demand}
    return tuple(
        name
        for name in tables_read(library, names)
        if any((call.service, call.operation) not in usual for call in calls_of(name) if not call.instead_of)
    )


def often_asked(texts: Iterable[str]) -> list[str]:
    """Name the questions without arguments that several of the texts ask, those that others are made of first."""
    from iamsql.schema.compiler import questions

    named = [found[1] for one in questions() if (found := ARGUMENTLESS.search(one))]
    counts = Counter(name for text in texts for name in named if f"{name}()" in text)
    return [name for name in reversed(named) if counts[name] > 1]


def made_once() -> set[str]:
    """List the calls that are made once for the whole organization."""
    from iamsql.schema.registry import all_calls

    return {
        f"{call.service}:{call.operation}"
        for call in all_calls()
        if call.org or call.service == "organizations" or call.entered
    }
