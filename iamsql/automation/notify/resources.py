"""New access keys, new administrators, and accounts that joined or left, as `iamsql diff` finds them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from iamsql.automation.notify.earlier_runs import runs_that_can_answer
from iamsql.check.diff import diff
from iamsql.check.diff.report import Filters
from iamsql.runs.latest import RunWithStatus

DIFF_TYPES = {"key": "access_key", "administrator": "privilege", "account": "account"}  # by kind of change
UNKNOWN_BEFORE_PREFIX = "old: "  # how the reason of a row `not_compared` begins
UNKNOWN_NOW_SEPARATOR = "; new: "
Row = Mapping[str, Any]


def resource_changes(
    old: Path, new: Path, runs_dir: Path, earlier_runs: Sequence[RunWithStatus], change_types: Collection[str]
) -> list[Row]:
    """Return the rows of `diff` about keys, administrators and accounts, as far as `change_types` selects them.

    The resources of an account that `old` did not read are compared with the latest run of `earlier` that did.
    """
    diff_types = tuple(diff_type for change, diff_type in DIFF_TYPES.items() if change in change_types)
    rows = list(_reported_rows(old, new, runs_dir, Filters(diff_types))) if diff_types else []
    uncompared_types = _types_unknown_before(rows)
    accounts = set(uncompared_types)
    for run in runs_that_can_answer(earlier_runs, accounts):
        unknown_types = sorted({diff_type for names in uncompared_types.values() for diff_type in names})
        found_rows = list(
            _reported_rows(run[0].path, new, runs_dir, Filters(tuple(unknown_types), tuple(uncompared_types)))
        )
        still_unknown = _types_unknown_before(found_rows)
        rows += [row for row in found_rows if row["kind"] in uncompared_types.get(row["account_id"], ())]
        uncompared_types = {
            account: names & still_unknown.get(account, set()) for account, names in uncompared_types.items()
        }
        uncompared_types = {account: names for account, names in uncompared_types.items() if names}
        accounts &= uncompared_types.keys()
    return [
        row for row in rows if row["change"] in ("new", "rotated", "gone", "newly_privileged") and _is_reported(row)
    ]


def _reported_rows(old: Path, new: Path, runs_dir: Path, filters: Filters) -> Iterator[Row]:
    result = diff(old, new, runs_dir=runs_dir, filters=filters, with_history=False).result
    return (dict(zip(result.columns, row, strict=True)) for row in result.rows)


def _is_reported(row: Row) -> bool:
    """Return whether a change is reported: a deleted key and a principal that lost its privileges are not."""
    return str(row["kind"]) == "account" or str(row["change"]) != "gone"


def _types_unknown_before(rows: Sequence[Row]) -> dict[str, set[str]]:
    """Return the types of resources, by account, that only the new run covers. Columns of a covered resource do not count."""
    types_by_account: dict[str, set[str]] = {}
    for row in rows:
        reason = str(row["reason"] or "")
        is_unknown_before = reason.startswith(UNKNOWN_BEFORE_PREFIX) and UNKNOWN_NOW_SEPARATOR not in reason
        if row["change"] == "not_compared" and row["account_id"] and not row["column_name"] and is_unknown_before:
            types_by_account.setdefault(row["account_id"], set()).update(
                set(str(row["kind"]).split(", ")) - {"account"}
            )
    return {account: types for account, types in types_by_account.items() if types}
