"""The things of two runs in one connection: who may do everything is asked of each run first, then all kinds are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from iamsql.diff.attach import SIDES, Columns, RunPair
from iamsql.diff.compare import compare, make_found
from iamsql.diff.coverage import NOT_COMPARED, note_gaps
from iamsql.diff.resource_type import ResourceType
from iamsql.model import IamsqlError
from iamsql.query.compat import compat_views, open_compatible
from iamsql.schema import compiler, registry, run_macros

ADMINS = "select account_id, principal, verdict from iam_admins() where as_read <> 'blocked'"
ALWAYS = ("aws_iam_credential_report",)  # what is asked beside the kinds' own tables

Admins = dict[str, Sequence[Sequence[Any]] | str]  # the administrators of each side, or why they cannot be told


@contextmanager
def compare_resources(old: Path, new: Path, chosen: Sequence[ResourceType], sql: str = "") -> Iterator[RunPair]:
    """Open both runs with what differs of the chosen kinds in the table `found`; `sql` is what will be asked of them."""
    admins = {side: _admins(path) for side, path in zip(SIDES, (old, new), strict=True)} if _wants(chosen) else {}
    with closing(RunPair(old, new)) as pair:
        text = "\n".join((sql, *ALWAYS, *(kind.sql for kind in chosen)))
        pair.create_tables(partial(compat_views, text), _declared(), registry.table_calls())
        _make_macros(pair, chosen)
        make_found(pair)
        _require_admins(pair, admins)
        note_gaps(pair, chosen)
        _note_unknown(pair, admins)
        compare(pair, chosen)
        pair.run(NOT_COMPARED)
        yield pair


def _make_macros(pair: RunPair, chosen: Iterable[ResourceType]) -> None:
    """Make the macros of run files where a kind uses one; those that want what is not here are used by none."""
    if any(f"{name}(" in kind.sql for kind in chosen for name in run_macros.macro_texts()):
        for statement in run_macros.scalar_macros(temporary=True):
            with suppress(IamsqlError):
                pair.run(statement)


def _wants(chosen: Iterable[ResourceType]) -> bool:
    return any(kind.name == "privilege" for kind in chosen)


def _admins(path: Path) -> Sequence[Sequence[Any]] | str:
    """Ask a run who may do everything; a file of an earlier version may hold too little to tell."""
    with closing(open_compatible(path, ADMINS)) as reader:
        try:
            return reader.run(ADMINS).rows
        except IamsqlError as error:
            return f"administrators could not be determined: {str(error).splitlines()[0]}"


def _require_admins(pair: RunPair, admins: Admins) -> None:
    for side in SIDES:
        pair.run(f"create table {side}.iamsql.admins (account_id varchar, principal varchar, verdict varchar)")
        found = admins.get(side, ())
        pair.fill(f"{side}.iamsql.admins", () if isinstance(found, str) else found)


def _note_unknown(pair: RunPair, admins: Admins) -> None:
    """Leave out privileges where one of the runs cannot tell them."""
    reasons = [found if isinstance(found := admins.get(side), str) else None for side in SIDES]
    if any(reasons):
        pair.run("insert into diff_lack values ('privilege', '', null, ?, ?, true)", reasons)


def _declared() -> dict[str, Columns]:
    return {
        name: [(column.name, compiler.duck_type(column)) for column in compiler.columns(relation)]
        for name, relation in registry.all_tables().items()
    }
