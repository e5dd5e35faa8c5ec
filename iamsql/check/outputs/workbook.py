"""The results of controls as a spreadsheet for auditors: Controls, Results, Muted, Not read and About.

Muted has each muted result with the owner, reason and expiry of its mute. Not read has the missing data, and the controls that
depend on it. About names the tool, the run and the files of the results. The same run and options give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from iamsql.catalog.standards import StandardNumbers
from iamsql.check import by_control, fixes
from iamsql.check.controls import COLUMNS, ControlResults, ControlRun
from iamsql.query.export.spreadsheet import RowSheets, new_spreadsheet
from iamsql.query.export.xlsx import UTC_NOTE, build_notes, build_properties, write_properties
from iamsql.render.provenance import Provenance
from iamsql.runs.coverage.by_account import TABLE as GAPS
from iamsql.runs.coverage.caveats import past_state
from iamsql.runs.store.open_new import sha256_of
from iamsql.version import __version__

CONTROLS_SHEET, RESULTS_SHEET, MUTED_SHEET = "Controls", "Results", "Muted"
NOT_READ_SHEET, ABOUT_SHEET = "Not read", "About"
MUTED_COLUMNS = (
    "control", "title", "severity", "resource", "account_id", "account_name", "region", "original_status", "finding", "owner",
    "reason", "expires", "file",
)  # fmt: skip
MUTED_RESULT_COLUMNS = ("resource", "account_id", "account_name", "region", "was", "unmuted_reason", "mute")
NOT_READ_COLUMNS = (
    "account_id", "account_name", "region", "status", "reason", "calls", "tables", "number_of_controls", "controls",
)  # fmt: skip
# The missing data of the tables, by account, region and reason, and the accounts that the run left out.
MISSING_DATA_SQL = f"""
select g.account_id, a.name, g.region, case when bool_and(g.inactive) then 'skip' else 'error' end, g.reason,
    list_sort(list(distinct [g.table_name, call])), any_value(a.position)
from {GAPS} g left join iamsql_account a using (account_id), unnest(g.calls) c(call)
group by g.account_id, a.name, g.region, g.reason
union all
select a.account_id, a.name, 'global', 'skip', 'account ' || a.outcome, [], a.position
from iamsql.accounts a
where a.outcome not in ('complete', 'incomplete') and a.account_id not in (select account_id from {GAPS})
order by 7 nulls last, 1, 3, 5
"""
STATUS_MEANINGS = (
    ("Status alarm", "Fail: at least one resource does not meet the requirement."),
    ("Status error", "Unknown: no alarm, but data was not read, or the control failed."),
    ("Status muted", "Each alarm or unknown result is accepted by an owner until a date: see the sheet Muted."),
    ("Status info", "A person has to decide."),
    ("Status ok", "Pass: each resource that was evaluated meets the requirement."),
    ("Status skip", "Not applicable: no resource was evaluated."),
)

STANDARDS_NOTE = (
    "The numbers of standards on the sheet Controls are from public mappings; requirements.csv of iamsql names the source of "
    "each. They do not show compliance."
)


def write_workbook(
    control_run: ControlRun,
    path: Path,
    provenance: Callable[[], Provenance],
    numbers: StandardNumbers,
    mutes: Sequence[Path],
) -> list[str]:
    """Evaluate the controls and write the spreadsheet to an existing file. Return notes for the user.

    `provenance` is called after the last row. `mutes` are the files of mutes.
    """
    summary = by_control.ControlRows(numbers)
    with new_spreadsheet(path) as spreadsheet:
        columns = fixes.COLUMNS_WITH_FIX if control_run.has_fixes else COLUMNS
        controls = RowSheets(spreadsheet, CONTROLS_SHEET, by_control.COLUMNS)
        results = RowSheets(spreadsheet, RESULTS_SHEET, columns)
        muted = RowSheets(spreadsheet, MUTED_SHEET, MUTED_COLUMNS)
        not_read = RowSheets(spreadsheet, NOT_READ_SHEET, NOT_READ_COLUMNS)
        about = spreadsheet.add_sheet(ABOUT_SHEET)
        muted_jobs: set[Any] = set()
        for control_results in control_run.run():
            summary.add(control_results)
            for row in fixes.rows_with_commands(control_results) if control_run.has_fixes else control_results.rows():
                results.add(row)
            if control_results.counts.get("muted") and control_results.control.job not in muted_jobs:
                muted_jobs.add(control_results.control.job)
                for row in _muted_rows(control_run, control_results):
                    muted.add(row)
        for row in summary.rows():
            controls.add(row)
        for row in _unread_rows(control_run):
            not_read.add(row)
        for sheet in (controls, results, muted, not_read):
            sheet.close()
        origin = provenance()
        spreadsheet.describe(origin)
        rows = {sheet.first: sheet.total for sheet in (controls, results, muted, not_read)}
        properties = [*_about_rows(control_run, origin, mutes, rows), *build_notes([*origin.notes, *spreadsheet.notes])]
        write_properties(spreadsheet, about, properties)
        return spreadsheet.notes


def _muted_rows(control_run: ControlRun, results: ControlResults) -> Iterator[tuple[Any, ...]]:
    """Yield the muted results of a control with their mutes."""
    control = results.control
    for *of_result, position in results.rows(MUTED_RESULT_COLUMNS, ("muted",)):
        mute = control_run.mutes[position]
        yield (
            control.query.name, control.title, control.severity, *of_result, mute.owner, mute.reason, mute.expires, mute.at,
        )  # fmt: skip


def _unread_rows(control_run: ControlRun) -> Iterator[tuple[Any, ...]]:
    """Yield the data that was not read, by account, region and reason, with the controls that depend on it."""
    if not control_run.reader.metadata.run_id:
        return
    all_controls = sorted({control.query.name for control in control_run.selection.all_controls})
    controls_by_calls: dict[tuple[tuple[str, str], ...], list[str]] = {}
    rows = [row for batch in control_run.reader.batches(MISSING_DATA_SQL, {}) for row in batch]
    for account_id, name, region, status, reason, pairs, _ in rows:
        calls = tuple((table, call) for table, call in pairs)
        if calls not in controls_by_calls:
            controls_by_calls[calls] = _dependent_controls(control_run, calls) if calls else all_controls
        if controls_by_calls[calls]:
            texts = (sorted({call for _, call in calls}), sorted({table for table, _ in calls}))
            joined = (", ".join(text) or None for text in texts)
            yield (
                account_id,
                name,
                region,
                status,
                reason,
                *joined,
                len(controls_by_calls[calls]),
                ", ".join(controls_by_calls[calls]),
            )


def _dependent_controls(control_run: ControlRun, calls: Sequence[tuple[str, str]]) -> list[str]:
    """Return the controls that depend on one of the calls, each a table and a call."""
    call_names = [f"{table} {call}" for table, call in calls]
    return sorted({job[0] for job, statement in control_run.statements.items() if statement.reads(call_names)})


def _file_and_digest(path: Path) -> str:
    return f"{path} (SHA-256 {sha256_of(path)})" if path.is_file() else str(path)  # a pipe was read already


def _about_rows(
    control_run: ControlRun, origin: Provenance, mutes: Sequence[Path], rows: Mapping[str, int]
) -> list[tuple[str, Any]]:
    """Return the facts about the results as (name, value)."""
    metadata, path = control_run.reader.metadata, control_run.reader.path
    is_file = metadata.run_id and control_run.reader.is_stored and not past_state(metadata)  # whose file is deleted
    facts_about_results = [
        ("Tool", f"iamsql {__version__}"),
        *build_properties(origin),
        ("Run finished", metadata.finished_at),
        ("Run status", metadata.status),
        ("Run written by", f"iamsql {metadata.iamsql_version}" if metadata.iamsql_version else ""),
        ("Organization", metadata.organization_id),
        ("Run file", path.name if is_file else ""),
        ("SHA-256", sha256_of(path) if is_file else ""),
        ("Verify with", f"iamsql runs verify {metadata.run_id}" if is_file else ""),
        *(("Mutes", _file_and_digest(file)) for file in mutes),
        *((f"Rows of {name}", number) for name, number in rows.items()),
        ("Times", f"{UTC_NOTE} Results hold as of the start of the run."),
        *STATUS_MEANINGS,
        ("Standards", STANDARDS_NOTE),
        *((f"About {tree.name}", tree.about) for tree, _ in control_run.selection.trees if tree.about),
    ]
    return [(name, value) for name, value in facts_about_results if value not in (None, "")]
