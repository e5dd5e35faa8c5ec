"""Export a run as one spreadsheet: a sheet for each report, and a first sheet that says what is in it and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamsql import catalog
from iamsql.model import IamsqlError, Query, Result
from iamsql.query.compat import open_compatible
from iamsql.query.execute import answer
from iamsql.query.export.contents_sheet import ReportEntry, write_contents
from iamsql.query.export.spreadsheet import Spreadsheet, new_spreadsheet
from iamsql.query.export.xlsx import UTC_NOTE
from iamsql.render.cells import pluralize
from iamsql.render.files import atomic_replace
from iamsql.render.provenance import Provenance
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.runs.directory import expand_user
from iamsql.runs.latest import choose
from iamsql.runs.store.limits import StatementLimits
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.reader import Reader

CONTENTS_SHEET = "Contents"
UNREAD_REPORT = "skipped_accounts"  # the report with the accounts that were not read in full


@dataclass(frozen=True)
class WorkbookResult:
    """The file that was written, its reports, the errors of reports that failed, and notes for the user."""

    path: Path
    entries: Sequence[ReportEntry]
    failures: Sequence[str]
    notes: Sequence[str]

    @property
    def lines(self) -> list[str]:
        """Return the sentences for the user."""
        reports = pluralize(sum(bool(entry.sheet) for entry in self.entries), "report")
        rows = pluralize(sum(entry.rows or 0 for entry in self.entries), "row")
        total = f"Wrote {reports} with {rows} in total to {self.path}. Its sheet {CONTENTS_SHEET} lists all reports."
        unanswered_count = sum(entry.rows is None and not entry.needs_arguments for entry in self.entries)
        have = "1 report has" if unanswered_count == 1 else f"{unanswered_count} reports have"
        unanswered_line = [f"{have} no answer; the sheet {CONTENTS_SHEET} has the reasons."] if unanswered_count else []
        return [*self.notes, total, *unanswered_line]


def export_workbook(
    path: Path | None, *, run: str, runs_dir: Path, limits: StatementLimits | None = None
) -> WorkbookResult:
    """Write each shipped report that needs no arguments and has rows to a sheet of a spreadsheet, with mode 0600.

    Without a path, the file is RUN_ID.xlsx in the current folder. A report that fails is listed with its error. Raise
    IamsqlError, and leave no file, if the file cannot be written.
    """
    queries, queries_with_arguments = _split_reports()
    choice = choose(runs_dir, run)
    target = expand_user(path) if path else Path(f"{choice.path.stem}.xlsx")
    with closing(open_compatible(choice.path, "\n".join(query.sql for query in queries), limits=limits)) as reader:
        reader.require_checked()  # otherwise each report would have the same error
        run_workbook = _RunWorkbook(reader, queries, queries_with_arguments, choice.notes)
        atomic_replace(target, run_workbook.write)
    return WorkbookResult(target, run_workbook.entries, run_workbook.failures, [*choice.notes, *run_workbook.notes])


def _split_reports() -> tuple[list[Query], list[Query]]:
    """Return the newest versions of the shipped reports that need no arguments, and the reports that need arguments, by folder."""
    newest_queries = [versions[-1] for versions in catalog.load([catalog.shipped_folder()]).values()]
    reports = [query for query in newest_queries if query.kind == "report"]
    reports.sort(key=lambda query: (Path(query.path).parent.name, query.name))
    queries_with_arguments = [query for query in reports if any(param.required for param in query.params)]
    return [query for query in reports if query not in queries_with_arguments], queries_with_arguments


class _RunWorkbook:
    """The reports of an open run, written to one file; entries, failures and notes are complete afterwards."""

    def __init__(
        self, reader: Reader, queries: Sequence[Query], needing_arguments: Sequence[Query], run_notes: Sequence[str]
    ) -> None:
        self._reader, self._queries, self._run_notes = reader, queries, run_notes
        self.entries: list[ReportEntry] = []
        self.failures: list[str] = []
        self.notes: list[str] = []
        self._unread_accounts: Result | None = None
        self._entries_needing_arguments = [_entry_needing_arguments(query) for query in needing_arguments]

    def write(self, path: Path) -> None:
        """Write the spreadsheet to an existing file."""
        metadata = self._reader.metadata
        with new_spreadsheet(path) as spreadsheet:
            run_id = metadata.run_id or self._reader.path.name
            spreadsheet.describe(Provenance(f"Reports of run {run_id}", run_id=run_id, started_at=metadata.started_at))
            contents = spreadsheet.add_sheet(CONTENTS_SHEET)
            self.entries = [self._write_report(spreadsheet, query) for query in self._queries]
            self.entries += self._entries_needing_arguments
            self.notes = spreadsheet.notes
            properties = _run_properties(metadata, run_id, [*self._run_notes, *self.notes])
            write_contents(spreadsheet, contents, properties, self.entries, self._unread_accounts)

    def _write_report(self, spreadsheet: Spreadsheet, query: Query) -> ReportEntry:
        """Run a report and write its rows, if there are any, to a separate sheet."""
        try:
            report_answer = answer(self._reader, query, catalog.bind(query, {}))
        except NotCollected as error:
            return ReportEntry(query, notes=str(error).splitlines())
        except IamsqlError as error:
            self.failures.append(str(error))
            return ReportEntry(query, notes=str(error).splitlines())
        if query.name == UNREAD_REPORT:
            self._unread_accounts = report_answer.result
        if not report_answer.result.rows:
            return ReportEntry(query, rows=0, notes=report_answer.caveats)
        name, rows = spreadsheet.write_result(query.name, report_answer.result)
        return ReportEntry(query, name, rows, report_answer.caveats)


def _entry_needing_arguments(query: Query) -> ReportEntry:
    """Return the entry of a report that needs arguments, with the command that runs it."""
    argument_options = "".join(f" --arg {param.name}=VALUE" for param in query.params if param.required)
    return ReportEntry(query, notes=[f"Run it with: iamsql query {query.name}{argument_options}"], needs_arguments=True)


def _run_properties(metadata: RunMetadata, run_id: str, notes: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the facts about the run as (name, value)."""
    properties = [
        ("Run", run_id),
        ("Started", metadata.started_at),
        ("Organization", metadata.organization_id),
        ("Status", metadata.status),
        ("Times", UTC_NOTE),
        *(("" if index else "Notes", note) for index, note in enumerate(notes)),
    ]
    return [(name, value) for name, value in properties if value not in (None, "")]
