"""Open two runs in one connection and compare their resources.

The administrators of each run are determined first, in a connection of their own, because the macro iam_admins() reads the
tables of the file that is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

from iamsql.check.diff.attach import SIDES, RunPair
from iamsql.check.diff.compare import compare, create_differences
from iamsql.check.diff.coverage import INSERT_NOT_COMPARED_SQL, create_missing_data
from iamsql.check.diff.resource_type import ResourceType
from iamsql.model import IamsqlError
from iamsql.query.compat import open_compatible
from iamsql.runs.store.source import Openable
from iamsql.tables.compiler import run_macros

ADMINS_SQL = "select account_id, principal, verdict from iam_admins() where as_read <> 'denied'"
ALWAYS_NEEDED_TABLES = ("aws_iam_credential_report",)  # read by the comparison of access keys

RunAdmins = tuple[
    Sequence[Sequence[Any]], str | None
]  # the administrators of a run, and the reason if they are unknown


@contextmanager
def compare_resources(old: Openable, new: Openable, types: Sequence[ResourceType], sql: str = "") -> Iterator[RunPair]:
    """Open both runs and yield them with the table `differences` of these types; `sql` is the user's query over them."""
    needs_admins = any(resource_type.name == "privilege" for resource_type in types)
    admins = [_read_admins(run) if needs_admins else ((), None) for run in (old, new)]
    with closing(RunPair(old, new)) as pair:
        pair.create_tables("\n".join((sql, *ALWAYS_NEEDED_TABLES, *(resource_type.sql for resource_type in types))))
        # No type calls a macro that fails here.
        if any(f"{name}(" in resource_type.sql for resource_type in types for name in run_macros.macro_texts()):
            for statement in run_macros.scalar_macros(temporary=True):
                with suppress(IamsqlError):
                    pair.run(statement)
        create_differences(pair)
        create_missing_data(pair, types)
        _create_admins(pair, admins)
        compare(pair, types)
        pair.run(INSERT_NOT_COMPARED_SQL)
        yield pair


def _read_admins(run: Openable) -> RunAdmins:
    """Return the administrators of a run, or the reason why a file of an earlier version cannot be evaluated."""
    with closing(open_compatible(run, ADMINS_SQL)) as reader:
        try:
            return reader.run(ADMINS_SQL).rows, None
        except IamsqlError as error:
            return (), f"administrators could not be determined: {str(error).splitlines()[0]}"


def _create_admins(pair: RunPair, admins: Sequence[RunAdmins]) -> None:
    """Create the table of administrators of each side. If they are unknown in a run, privileges are not compared."""
    for side, (rows, _) in zip(SIDES, admins, strict=True):
        pair.run(f"create table {side}.iamsql.admins (account_id varchar, principal varchar, verdict varchar)")
        pair.insert_rows(f"{side}.iamsql.admins", rows)
    reasons = [reason for _, reason in admins]
    if any(reasons):
        pair.run("insert into missing_data values ('privilege', '', null, ?, ?, true)", reasons)
