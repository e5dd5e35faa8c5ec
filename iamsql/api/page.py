"""Write a run as one HTML page."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from iamsql.model import IamsqlError
from iamsql.render.files import atomic_write
from iamsql.report.build import DEFAULT_BENCHMARK, ReportRequest, read_contents
from iamsql.report.contents import Contents
from iamsql.report.html.page import write_page
from iamsql.runs.directory import Folder
from iamsql.runs.latest import RunName
from iamsql.runs.store.limits import StatementLimits, with_limits

if TYPE_CHECKING:
    from iamsql.api.run import Run


def report(run: Run, file: Path, *, benchmarks: Sequence[str], since: str, trend: int) -> tuple[str, ...]:
    """Write the page, and return the notes on the choice of the runs. See `Run.report`."""
    where = (run.settings.config, run.settings.query_dirs)
    request = ReportRequest(tuple(benchmarks) or (DEFAULT_BENCHMARK,), since, trend, (), *where)
    _, notes = write_report(request, file, run.name, run.settings.folder, run.settings.limits)
    return tuple(notes)


def write_report(
    request: ReportRequest,
    file: Path,
    run: RunName,
    folder: Folder,
    limits: StatementLimits | None = None,
    progress: Callable[[str], None] = lambda line: None,
    section: Callable[[str], None] = lambda name: None,
) -> tuple[Contents, list[str]]:
    """Write the page of a run of a folder, and return its contents and the notes.

    `progress` is called with a line for each earlier run that is counted, and `section` with the name of each section that is
    read.
    """
    if not file.parent.is_dir():  # before the run is read, which takes seconds
        raise IamsqlError(f"cannot write {file}: there is no folder {file.parent}")
    with with_limits(limits or StatementLimits()), _without_garbage_collection():
        contents, notes = read_contents(request, run=run, runs_dir=folder, progress=progress, section=section)
        atomic_write(file, lambda stream: write_page(contents, stream))
    return contents, notes


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the collection of cycles, which would visit the rows of all findings again and again: a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
