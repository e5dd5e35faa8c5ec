"""The files of a run that a target stores: the report page, CSV files, and the run file itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

from iamsql import render
from iamsql.automation.notify.findings import OpenControls
from iamsql.automation.notify.request import NotifyRequest
from iamsql.check.outputs import formats as outputs
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.render.files import atomic_write
from iamsql.report.build import ReportRequest, read_contents
from iamsql.report.html.page import write_page
from iamsql.runs.coverage.not_collected import NotCollected
from iamsql.runs.latest import RunWithStatus

CSV_QUERIES = ("audit_report", "root_report", "cloudtrail_events")
# The run that is being delivered. Each thread delivers the runs of one target.
DELIVERED_RUN: ContextVar[RunWithStatus] = ContextVar("run")


class Attachments:
    """Writes the files of the run that is being delivered."""

    def __init__(self, request: NotifyRequest, runs_dir: Path, open_controls: OpenControls) -> None:
        """Store the request, the runs folder, and the function that opens controls over a run."""
        self._request, self._runs_dir, self._open_controls = request, runs_dir, open_controls

    def write(self, folder: Path) -> Sequence[Path]:
        """Write the files to a folder and return their paths. The run file is not copied.

        A query whose tables the run did not collect has no file.
        """
        run = DELIVERED_RUN.get()[0].path.resolve()
        paths = [self._write_report(folder, run), self._write_findings(folder, run)]
        return [*paths, *(path for name in CSV_QUERIES if (path := self._write_query_rows(folder, run, name))), run]

    def _write_report(self, folder: Path, run: Path) -> Path:
        request = self._request
        report = ReportRequest(
            request.benchmarks, trend=0, mutes=request.mutes, config=request.config, query_dirs=request.query_dirs
        )
        contents, _ = read_contents(report, run=str(run), runs_dir=self._runs_dir, progress=lambda line: None)
        path = folder / "report.html"
        atomic_write(path, lambda stream: write_page(contents, stream))
        return path

    def _write_findings(self, folder: Path, run: Path) -> Path:
        path = folder / "findings.csv"
        with self._open_controls(run) as control_run:
            outputs.export(control_run, "csv", path, csv_safe=True)
        return path

    def _write_query_rows(self, folder: Path, run: Path, name: str) -> Path | None:
        path = folder / f"{name}.csv"
        request = QueryRequest(str(run), self._runs_dir, self._request.query_dirs, self._request.config)
        try:
            result = run_query(name, {}, request)
        except NotCollected:
            return None
        render.export(result.result, path, csv_safe=True)
        return path
