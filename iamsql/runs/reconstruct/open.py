"""Open the state at a past moment as a folder with one run file, so every command that reads runs works on it."""

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
def past_folder(folder: Path, at: str) -> Iterator[Path]:
    """Yield a temporary folder with the run file of the state at a time, from the runs of a folder.

    Raise IamsqlError for an invalid time, without a run before it, and if the events between are not known.
    """
    moment = parse_moment(at, datetime.now(UTC))
    sources = find_sources(folder, moment)
    with TemporaryDirectory(prefix="iamsql-past-") as temporary:
        write_past(sources, moment, Path(temporary).resolve())
        yield Path(temporary).resolve()
