"""Contents of pages about runs."""

from __future__ import annotations

from pathlib import Path

from iamsql.report.build import ReportRequest, read_contents
from iamsql.report.contents import Contents

CONTROL = ReportRequest(benchmarks=("root_no_access_key",), trend=0)


def contents_of(path: Path, request: ReportRequest = CONTROL) -> Contents:
    """Return the contents of the page about a run."""
    contents, _ = read_contents(request, run=str(path), runs_dir=path.parent, progress=print)
    return contents
