"""Open two runs in one connection and compare their resources.

The administrators of each run are determined first, in a connection of their own, because the macro iam_admins() reads the
tables of the file that is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from iamsql.diff.attach import SIDES, Columns, RunPair
from iamsql.diff.compare import compare, create_differences
from iamsql.diff.coverage import NOT_COMPARED, note_gaps
from iamsql.diff.resource_type import ResourceType
from iamsql.model import IamsqlError
from iamsql.query.compat import compat_views, open_compatible
from iamsql.schema import compiler, registry, run_macros

ADMINS = "select account_id, principal, verdict from iam_admins() where as_read <> 'blocked'"
ALWAYS = ("aws_iam_credential_report",)  # read by the comparison of access keys

Admins = dict[str, Sequence[Sequence[Any]] | str]  # the administrators of each side, or the reason why they are unknown


@contextmanager
def compare_resources(old: Path, new: Path, chosen: Sequence[ResourceType], sql: str = "") -> Iterator[RunPair]:
    """Open both runs and yield them with the table `differences` of the chosen types; `sql` is the user's query over them."""
    needs_admins = any(kind.name == "privilege" for kind in chosen)
    admins = {side: _admins(path) for side, path in zip(SIDES, (old, new), strict=True)} if needs_admins else {}
    with closing(RunPair(old, new)) as pair:
        text = "\n".join((sql, *ALWAYS, *(kind.sql for kind in chosen)))
        pair.create_tables(partial(compat_views, text), _declared(), registry.table_calls())
        _create_macros(pair, chosen)
        create_differences(pair)
        _create_admins(pair, admins)
        note_gaps(pair, chosen)
        _note_unknown_admins(pair, admins)
        compare(pair, chosen)
        pair.run(NOT_COMPARED)
        yield pair


def _create_macros(pair: RunPair, chosen: Iterable[ResourceType]) -> None:
    """Create the scalar macros of run files if a resource type calls one; no type calls a macro that fails here."""
    if any(f"{name}(" in kind.sql for kind in chosen for name in run_macros.macro_texts()):
        for statement in run_macros.scalar_macros(temporary=True):
            with suppress(IamsqlError):
                pair.run(statement)


def _admins(path: Path) -> Sequence[Sequence[Any]] | str:
    """Return the administrators of a run, or the reason why a file of an earlier version cannot be evaluated."""
    with closing(open_compatible(path, ADMINS)) as reader:
        try:
            return reader.run(ADMINS).rows
        except IamsqlError as error:
            return f"administrators could not be determined: {str(error).splitlines()[0]}"


def _create_admins(pair: RunPair, admins: Admins) -> None:
    for side in SIDES:
        pair.run(f"create table {side}.iamsql.admins (account_id varchar, principal varchar, verdict varchar)")
        found = admins.get(side, ())
        pair.insert_rows(f"{side}.iamsql.admins", () if isinstance(found, str) else found)


def _note_unknown_admins(pair: RunPair, admins: Admins) -> None:
    """Mark privileges as not compared if the administrators of a run are unknown."""
    reasons = [found if isinstance(found := admins.get(side), str) else None for side in SIDES]
    if any(reasons):
        pair.run("insert into missing_data values ('privilege', '', null, ?, ?, true)", reasons)


def _declared() -> dict[str, Columns]:
    return {
        name: [(column.name, compiler.duck_type(column)) for column in compiler.columns(relation)]
        for name, relation in registry.all_tables().items()
    }
