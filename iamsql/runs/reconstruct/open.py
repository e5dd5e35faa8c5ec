"""Write the state at a past moment as a run file, which every command that reads runs can open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from iamsql.runs.reconstruct.build import write_past
from iamsql.runs.reconstruct.moment import parse_moment
from iamsql.runs.reconstruct.sources import find_sources


@contextmanager
def past_run(folder: Path, at: str) -> Iterator[Path]:
    """Yield the run file of the state at a time, from the runs of a folder. The file is alone in a temporary folder.

    Raise IamsqlError for an invalid time, without a run before it, and if the events between are not known.
    """
    time = parse_moment(at, datetime.now(UTC))
    sources = find_sources(folder, time)
    with TemporaryDirectory(prefix="iamsql-past-") as temporary:
        yield write_past(sources, time, Path(temporary).resolve())
