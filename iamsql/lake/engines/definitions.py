"""The macros and views of run files, for engines that have neither: each shipped query is inlined with them."""

from __future__ import annotations

from functools import cache

from iamsql import catalog
from iamsql.lake.engines.inline.expand import Definitions
from iamsql.runs.store.run_schema import API_CALLS, AS_OF
from iamsql.tables.compiler import run_macros
from iamsql.tables.compiler.compiler import select
from iamsql.tables.compiler.facts import facts_as_values
from iamsql.tables.registry import all_tables


def definitions() -> Definitions:
    """Return what a shipped query may use."""
    return Definitions(*_definitions_in_run_files())


@cache
def _definitions_in_run_files() -> tuple[dict[str, str], dict[str, str]]:
    """Return the statements of the macros, and the SELECT of each view, by name."""
    queries = [query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions]
    macros = {query.macro: catalog.macro_sql(query) for query in queries}
    macros |= (
        run_macros.macro_texts()
        | facts_as_values()
        | run_macros.scalar_macros_over_tables()
        | {"as_of": AS_OF.format("")}
    )
    views = {name: select(relation) for name, relation in all_tables().items() if not relation.stored}
    return {name.lower(): text for name, text in macros.items()}, views | {"iamsql.api_calls": _api_calls_select()}


def _api_calls_select() -> str:
    """Return the SELECT of the view iamsql.api_calls."""
    return API_CALLS.partition(" as ")[2]
