"""The run of a pipeline that has not finished, in `.pipeline.json` of the runs folder, so that a later pipeline continues with it.

The file is removed when every step has succeeded. A file that cannot be read is ignored: the pipeline then starts with a sync.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iamsql.render.files import atomic_write
from iamsql.runs.directory import read_regular

NAME = ".pipeline.json"
MAX_BYTES = 10_000
MAX_AGE = timedelta(hours=12)  # an older pipeline is not continued, because its run no longer shows the present state


@dataclass
class PipelineState:
    """The run of a pipeline, as the name of its file ('' before the sync), and the number of its gaps."""

    folder: Path
    started_at: str
    run: str = ""
    gaps: int = 0

    def write(self) -> None:
        """Record that the sync is done."""
        content = {"run": self.run, "gaps": self.gaps, "started_at": self.started_at}
        atomic_write(self.folder / NAME, lambda stream: json.dump(content, stream), follow=False)

    def remove(self) -> None:
        """Remove the file: the pipeline has finished."""
        (self.folder / NAME).unlink(missing_ok=True)


def unfinished(folder: Path, now: datetime) -> PipelineState | None:
    """Return the state of a pipeline of the last twelve hours that did not finish and whose run exists; None without one."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(read_regular(folder / NAME, MAX_BYTES))
        started = datetime.fromisoformat(content["started_at"]).astimezone(UTC)
        run, gaps = Path(str(content["run"])).name, int(content["gaps"])
        if timedelta() <= now - started <= MAX_AGE and run and (folder / run).is_file():
            return PipelineState(folder, content["started_at"], run, gaps)
    return None
